"""Every table there is: importing this module fills `metadata` with all of them."""

from sqlmodel import SQLModel

from alfred_mock.alfred.companies.models import CompanyProfile
from alfred_mock.alfred.deferred_sessions.models import DeferredSession
from alfred_mock.alfred.files.models import File, FileContent, FileName
from alfred_mock.alfred.jobs.models import Job
from alfred_mock.alfred.tags.models import DataPoint, ExtractionRule, FileValue, Tag
from alfred_mock.auth.models import AccessToken, ApiKey, Company, HmacPair, Nonce, User
from alfred_mock.control.faults.models import Fault
from alfred_mock.control.journal.models import JournalEntry, JournalTotals
from alfred_mock.control.models import ClockShift, CompanySeed

metadata = SQLModel.metadata

__all__ = [
    "AccessToken",
    "ApiKey",
    "ClockShift",
    "Company",
    "CompanyProfile",
    "CompanySeed",
    "DataPoint",
    "DeferredSession",
    "ExtractionRule",
    "Fault",
    "File",
    "FileContent",
    "FileName",
    "FileValue",
    "HmacPair",
    "Job",
    "JournalEntry",
    "JournalTotals",
    "Nonce",
    "Tag",
    "User",
    "metadata",
]
