"""Puts a seed document into the database, all of it or nothing.

Loading the same document again changes nothing: companies, credentials, tags and rules are set to
what the document says; sessions, jobs and files are left as they have become. What was loaded last
for a company is what its reset goes back to.
"""

from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.alfred.tables import CompanyProfile
from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import ApiKey, Company, HmacPair, User
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.consistency import unknown_names
from alfred_mock.control.seed.content import kept
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.files import refusal
from alfred_mock.control.seed.stored import store_seed
from alfred_mock.control.seed.tag_loading import put_tags, replace_rules
from alfred_mock.control.seed.upload_loading import add_uploads, milliseconds
from alfred_mock.control.seed.writing import put, taken
from alfred_mock.core.ids import Ids
from alfred_mock.core.services import Services
from alfred_mock.database import Statement, Transaction

_PUT_COMPANY = put(Company, "id", "name")
_PUT_USER = put(User, "user_name", "password", "name", "last_name")
_PUT_KEY = put(ApiKey, "digest", "name")
_PUT_HMAC = put(HmacPair, "public_id", "name", "key")
_PUT_PROFILE = put(CompanyProfile, "company_id", "progression", "stage_ms", "cloudinfo_json")
_USER = Statement(select(User.id).where(User.user_name == bindparam("user_name")))
_KEY = Statement(select(ApiKey.id).where(ApiKey.digest == bindparam("digest")))
_HMAC = Statement(select(HmacPair.id).where(HmacPair.public_id == bindparam("public_id")))


async def load(services: Services, document: SeedDocument, *, source: str) -> None:
    """Load a document.

    Raises:
        Refusal: something in it belongs to another company already, or a company that gives no
            tags names one that it has not.
    """
    async with kept(services, document):
        await services.database.transact(load_all(services, document, source=source))


def load_all(services: Services, document: SeedDocument, *, source: str) -> Transaction[None]:
    """Load a document as part of a transaction, as `load` does."""
    for index, company in enumerate(document.companies):
        yield _PUT_COMPANY(id=company.id, name=company.name)
        yield from _put_credentials(company, services.ids, source)
        yield from _put_profile(company)
        rules = yield from put_tags(company, source)
        names = company.tag_names
        if company.tags is None:
            # The document could not tell which tags there are, so it was not checked for them yet.
            tags = {tag.name: [point.name for point in tag.points] for tag in rules.tags}
            problems = [at.within("companies", index) for at in unknown_names(company, tags)]
            if problems:
                raise refusal(source, problems)
            names = list(tags)
        yield from replace_rules(company, names)
        yield from add_uploads(services, company, rules, source)
        yield from store_seed(company)


def _put_credentials(company: CompanySeed, ids: Ids, source: str) -> Transaction[None]:
    for user in company.users:
        if not (yield _PUT_USER(id=ids.uuid(), company_id=company.id, **user.model_dump())):
            raise taken(source, f"the user_name {user.user_name}")
    for key in company.api_keys:
        row = {"name": key.name, "key": key.key, "digest": digest(key.key)}
        if not (yield _PUT_KEY(id=ids.uuid(), company_id=company.id, **row)):
            raise taken(source, f"the API key of {key.name}")
    for pair in company.hmac:
        row = {"name": pair.name, "key": pair.key, "public_id": pair.id}
        if not (yield _PUT_HMAC(id=ids.uuid(), company_id=company.id, **row)):
            raise taken(source, f"the HMAC id {pair.id}")


def _put_profile(company: CompanySeed) -> Transaction[None]:
    # Without a word on any of this, too: what an earlier seed has said must not stay.
    cloudinfo = company.cloudinfo
    seconds = company.stage_seconds
    yield _PUT_PROFILE(
        company_id=company.id,
        progression=None if company.progression is None else company.progression.value,
        stage_ms=None if seconds is None else milliseconds(seconds),
        cloudinfo_json="{}" if cloudinfo is None else cloudinfo.model_dump_json(exclude_none=True),
    )


async def has_any_credential(services: Services, company: CompanySeed) -> bool:
    """Whether the database knows any of the company's credentials."""
    calls = [_USER(user_name=user.user_name) for user in company.users]
    calls += [_KEY(digest=digest(key.key)) for key in company.api_keys]
    calls += [_HMAC(public_id=pair.id) for pair in company.hmac]
    return any([await services.database.fetch(call) for call in calls])
