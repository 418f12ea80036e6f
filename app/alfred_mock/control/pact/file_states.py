"""States about files, tags and extracted values."""

from typing import Annotated

from pydantic import Field

from alfred_mock.alfred.deferred_sessions.locks import lock_open_session
from alfred_mock.alfred.files import repository
from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.alfred.wire import Id
from alfred_mock.control.overrides.editing import caller_of
from alfred_mock.control.overrides.removals import FILES
from alfred_mock.control.pact import tags
from alfred_mock.control.pact.job_states import JobParameters, completed_job
from alfred_mock.control.pact.parts import IdParameters, session_part
from alfred_mock.control.pact.scopes import Made
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import FromText, Parameters, Values, state
from alfred_mock.control.pact.undoing import FILE
from alfred_mock.control.seed.files import ContentType, UploadName
from alfred_mock.core.clock import to_wire
from alfred_mock.core.values import LongText, ShortText

TextsByName = Annotated[dict[ShortText, LongText], FromText]


class FileParameters(Parameters):
    """A file: in a session of its own, with stand-in content, unless given."""

    id: Id | None = None
    file_name: UploadName = "document.pdf"
    content: LongText | None = None
    content_type: ContentType | None = None
    session_id: Id | None = None
    status: FileStatus | None = None
    tag: ShortText | None = None
    values: TextsByName | None = None


@state(
    "a file exists",
    "a file with ID {id} exists",
    "file {id} exists",
    "a file named {file_name} exists",
    kind=FileParameters,
    returns="file_id session_id md5_hash tag_id",
)
async def file(setup: Setup, asked: FileParameters) -> Values:
    """A file with a tag or with values is finished unless its status is given."""
    services = setup.services
    company_id = await setup.company_id()
    now = services.clock.now(company_id)
    file_id = asked.id or services.ids.uuid()
    session_id = asked.session_id or services.ids.uuid()
    part: dict[str, object] = {
        "id": file_id,
        "deferred_session_id": session_id,
        "creation_date": to_wire(now),
        "status": asked.status and asked.status.value,
        **asked.model_dump(include={"file_name", "content", "content_type"}, exclude_none=True),
    }
    given_tags = []
    if asked.tag is not None or asked.values is not None:
        tagged = await tags.tagged(setup, company_id, asked.tag, asked.values)
        given_tags = [tagged.tag]
        part |= {"tag": tagged.name, "values": tagged.values}
        part["status"] = part["status"] or FileStatus.FINISHED.value
    await setup.make_room(FILES, Made(FILE, file_id))
    await setup.add(
        company_id,
        also=lock_open_session(company_id, session_id, alone=False),
        tags=given_tags or None,
        deferred_sessions=[session_part(session_id, now)],
        files=[part],
    )
    detail = await repository.find(services, caller_of(company_id), file_id)
    values: Values = {
        "file_id": file_id,
        "session_id": session_id,
        "md5_hash": detail.md5_hash,
    }
    return values if detail.tag_id is None else {**values, "tag_id": detail.tag_id}


@state(
    "no file exists",
    "no file with ID {id} exists",
    "a file with ID {id} does not exist",
    "file {id} does not exist",
    kind=IdParameters,
    returns="file_id",
)
async def no_file(setup: Setup, asked: IdParameters) -> Values:
    """One that the company has goes."""
    return {"file_id": await setup.remove(FILES, asked.id)}


class TagParameters(Parameters):
    """A tag, and its data points: their names, or their values by name."""

    name: ShortText = tags.USUAL_NAME
    data_points: Annotated[dict[ShortText, LongText] | list[ShortText], FromText] = Field([])


@state("a tag exists", "a tag named {name} exists", kind=TagParameters, returns="tag_id")
async def tag(setup: Setup, asked: TagParameters) -> Values:
    """A tag that the company has already gets the data points that it has not."""
    company_id = await setup.company_id()
    part = await tags.completed_tag(setup, company_id, asked.name, asked.data_points)
    await setup.add(company_id, tags=[part])
    return {"tag_id": await tags.id_of(setup, company_id, asked.name)}


class ExtractionParameters(Parameters):
    """A file of a completed job, and what was extracted from it."""

    file_name: UploadName = "document.pdf"
    tag: ShortText | None = None
    values: TextsByName | None = None


@state(
    "values were extracted",
    "values were extracted from {file_name}",
    kind=ExtractionParameters,
    returns="file_id tag_id job_id",
)
async def extraction(setup: Setup, asked: ExtractionParameters) -> Values:
    """The tag is the company's first unless given, and the values are the tag's own."""
    company_id = await setup.company_id()
    tagged = await tags.tagged(setup, company_id, asked.tag, asked.values)
    made = await completed_job(setup, JobParameters(), tagged, file_name=asked.file_name)
    tag_id = await tags.id_of(setup, company_id, tagged.name)
    return {"file_id": made["file_id"], "tag_id": tag_id, "job_id": made["job_id"]}
