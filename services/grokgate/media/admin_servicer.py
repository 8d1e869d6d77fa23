"""What operators see of the video jobs of every account."""
# ruff: noqa: N802  # the contract names the RPCs

from grokgate.api.media.v1 import admin_pb2 as pb
from grokgate.api.media.v1.admin_pb2_grpc import VideoAdminServiceServicer
from grokgate.chassis.credentials import require_admin
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret
from grokgate.media.videos.answers import operators_job
from grokgate.media.videos.reading import VideoReader

_PAGE_ROWS = 100
_PAGE_CEILING = 1000


class VideoAdminServicer(VideoAdminServiceServicer):
    """Implements VideoAdminService; see the contract for each RPC's errors."""

    def __init__(self, reader: VideoReader, token: Secret) -> None:
        self._reader = reader
        self._token = token

    async def ListVideoJobs(
        self, request: pb.ListVideoJobsRequest, context: Context
    ) -> pb.ListVideoJobsResponse:
        """List jobs, newest first."""
        require_admin(context, self._token)
        jobs, has_more = await self._reader.page(
            limit=request.limit if request.HasField("limit") else None,
            default=_PAGE_ROWS,
            ceiling=_PAGE_CEILING,
            after=request.after,
            state=request.state,
            account_id=request.account_id,
            outcome_unknown=request.outcome_unknown,
        )
        return pb.ListVideoJobsResponse(jobs=map(operators_job, jobs), has_more=has_more)

    async def GetVideoJob(
        self, request: pb.GetVideoJobRequest, context: Context
    ) -> pb.GetVideoJobResponse:
        """Show one job."""
        require_admin(context, self._token)
        return pb.GetVideoJobResponse(job=operators_job(await self._reader.find(request.id)))
