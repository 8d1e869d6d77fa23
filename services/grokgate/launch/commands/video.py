"""`grokgate video`: the video jobs of every account."""

import time
from enum import StrEnum
from typing import Annotated

import typer

from grokgate.api.media.v1.admin_pb2 import (
    GetVideoJobRequest,
    ListVideoJobsRequest,
    VideoJob,
)
from grokgate.api.media.v1.media_pb2 import VideoState
from grokgate.chassis.clock import SystemClock
from grokgate.launch.columns.videos import (
    JOB_COLUMNS,
    JOB_DETAILS,
    RECONCILE_COLUMNS,
    unknown_first,
)
from grokgate.launch.commands import options
from grokgate.launch.commands.groups import new_group
from grokgate.launch.desk import VideoDesk, open_video_desk
from grokgate.launch.moments import Moment, gone_ms
from grokgate.launch.plain import enum_word, plain
from grokgate.launch.printing import (
    percent,
    print_json_line,
    print_note,
    show,
    show_details,
)

group = new_group("List and follow video jobs, and reconcile those whose outcome nobody told.")

_LOOK_EVERY_S = 0.5

_WHAT_TO_DO = """
xAI may have billed these without the gateway having been told. For each one:
1. Look for it in xAI's console (console.x.ai) by its upstream id; without one, by model and time.
2. While its state is `outcome_unknown` it is still waited for until its deadline, and its money
   held. Afterwards its hold is in: grokgate hold list --to-reconcile
3. If xAI billed it, charge the account:
   grokgate account adjust ACCOUNT --id HOLD --usd -AMOUNT --reason "video VIDEO"
""".strip()


class State(StrEnum):
    """How far a video is, as its owner sees it."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


_AnyLimit = Annotated[int, options.rows("The newest so many.")]
_After = Annotated[
    str, options.text_option("--after", metavar="VIDEO", help_text="Older than this video.")
]


@group.command("list")
def list_jobs(
    *,
    account: options.OneAccount = "",
    state: Annotated[
        State | None, typer.Option("--state", help="Those in one state; every one without.")
    ] = None,
    limit: _AnyLimit = 50,
    after: _After = "",
    service: options.MediaService = None,
    as_json: options.AsJson = False,
) -> None:
    """List video jobs, the newest first."""
    request = ListVideoJobsRequest(
        limit=limit,
        after=after,
        account_id=account,
        state=VideoState.Value(f"VIDEO_STATE_{(state or 'unspecified').upper()}"),
    )
    with open_video_desk(service) as desk:
        answer = desk.ask(lambda videos: videos.ListVideoJobs, request)
    show(answer.jobs, JOB_COLUMNS, as_json=as_json)
    if answer.has_more:
        print_note(f"Older videos follow: --after {answer.jobs[-1].video.id}")


@group.command("show")
def show_job(
    video: Annotated[str, options.text_argument("VIDEO", "The video's id.")],
    *,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Wait until it has ended and is charged, and tell each change; with --json, "
            "as a line of JSON.",
        ),
    ] = False,
    service: options.MediaService = None,
    as_json: options.AsJson = False,
) -> None:
    """Show one video job."""
    with open_video_desk(service) as desk:
        job = _asked(desk, video)
        if follow:
            job = _followed(desk, job, as_json=as_json)
    if not (follow and as_json):
        show_details(job, JOB_DETAILS, as_json=as_json)


@group.command()
def reconcile(
    *,
    account: options.OneAccount = "",
    since: Annotated[Moment | None, options.since_option()] = None,
    limit: _AnyLimit = 100,
    after: _After = "",
    service: options.MediaService = None,
    as_json: options.AsJson = False,
) -> None:
    """List the jobs whose outcome the provider has not told, and say what to do about them."""
    request = ListVideoJobsRequest(
        limit=limit, after=after, account_id=account, outcome_unknown=True
    )
    with open_video_desk(service) as desk:
        answer = desk.ask(lambda videos: videos.ListVideoJobs, request)
    since_ms = gone_ms(since, SystemClock().now_ms()) if since else 0
    wanted = [job for job in answer.jobs if job.video.created_at * 1000 >= since_ms]
    show(wanted if as_json else unknown_first(wanted), RECONCILE_COLUMNS, as_json=as_json)
    if wanted:
        print_note(_WHAT_TO_DO)
    if answer.has_more and len(wanted) == len(answer.jobs):
        print_note(f"Older videos follow: --after {answer.jobs[-1].video.id}")


def _asked(desk: VideoDesk, video: str) -> VideoJob:
    return desk.ask(lambda videos: videos.GetVideoJob, GetVideoJobRequest(id=video)).job


def _followed(desk: VideoDesk, job: VideoJob, *, as_json: bool) -> VideoJob:
    """The job once it has ended; told about as it changes."""
    known = None
    with percent() as tell:
        while True:
            if not as_json:
                tell(job.video.progress, enum_word(VideoState.DESCRIPTOR, job.video.state) or "")
            elif (seen := _without_polls(job)) != known:
                known = seen
                print_json_line(plain(job))
            if job.video.HasField("charge"):
                return job
            time.sleep(_LOOK_EVERY_S)
            job = _asked(desk, job.video.id)


def _without_polls(job: VideoJob) -> VideoJob:
    """The job without what changes whenever the provider is asked."""
    seen = VideoJob()
    seen.CopyFrom(job)
    for field in ("polls", "next_poll_at_ms"):
        seen.ClearField(field)
    return seen
