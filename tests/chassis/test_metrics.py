"""What Prometheus reads."""

from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from grokgate.chassis.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What a scraper reads: values by name and labels."""
    text, _ = metrics.render()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_calls_are_counted_and_timed_by_method_and_code() -> None:
    metrics = Metrics()
    observe = metrics.rpc_observer("text.v1.TextService/Generate")
    observe("OK", 0.25)
    observe("OK", 0.5)
    observe("UNAVAILABLE", 2)
    read = samples(metrics)
    ok = frozenset({"rpc": "text.v1.TextService/Generate", "code": "OK"}.items())
    assert read["grokgate_rpc_seconds_count", ok] == 2
    assert read["grokgate_rpc_seconds_sum", ok] == 0.75
    assert read["grokgate_rpc_seconds_bucket", ok | {("le", "0.25")}] == 1


def test_a_room_adds_metrics_of_its_own() -> None:
    metrics = Metrics()
    Counter("grokgate_holds", "Holds placed.", registry=metrics.registry).inc()
    assert samples(metrics)["grokgate_holds_total", frozenset()] == 1


def test_two_processes_metrics_in_one_process_do_not_meet() -> None:
    first, second = Metrics(), Metrics()
    first.rpc_observer("a/B")("OK", 1)
    assert not [name for name, _ in samples(second) if name == "grokgate_rpc_seconds_count"]


def test_the_process_itself_is_measured() -> None:
    assert samples(Metrics())["process_resident_memory_bytes", frozenset()] > 0


def test_the_content_type_is_prometheus_text() -> None:
    assert Metrics().render()[1] == "text/plain; version=0.0.4; charset=utf-8"
