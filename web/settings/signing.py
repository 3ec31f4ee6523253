"""What signatures are believed by, the organ's seal, and the signing program on people's computers."""

import re

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

PROGRAM_ADDRESS = re.compile(r"(https?|wss?)://(localhost|127\.0\.0\.1):\d{1,5}")


class SigningSettings(BaseModel):
    signing_roots: str = Field(
        "",
        description="Folder (or one file) with the certificates of the authorities that signatures must lead to: PEM "
        "or DER, revocation lists (`.crl`) beside them; empty: no digital signature is taken.",
    )
    timestamp_url: str = Field(
        "", description="Timestamp server (RFC 3161) for signatures that are made here; empty: without a timestamp."
    )
    seal_file: str = Field("", description="The organ's key in a PKCS#12 file, with which its clerk seals.")
    seal_library: str = Field("", description="Or: driver (PKCS#11 library) of the device that holds the organ's key.")
    seal_token: str = Field("", description="Label of that device.")
    seal_label: str = Field("", description="Label of key and certificate on it.")
    seal_password: SecretStr = Field(SecretStr(""), description="Password of the file, or PIN of the device.")
    signing_program: str = Field(
        "",
        description="Script file of the signing program on people's computers (`vgcaplugin.js` of its distributor); "
        "empty: it is not offered.",
    )
    signing_program_address: str = Field(
        "", description="Addresses on a person's own computer that this script calls, such as `wss://127.0.0.1:8987`."
    )

    @field_validator("timestamp_url")
    @classmethod
    def _check_timestamp_url(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("GIAOBAN_TIMESTAMP_URL begins with https:// or http://")
        return value

    @field_validator("seal_library")
    @classmethod
    def _check_seal(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("seal_file"):
            raise ValueError("the organ's key is in a file or on a device: GIAOBAN_SEAL_FILE or GIAOBAN_SEAL_LIBRARY")
        return value

    @field_validator("signing_program_address")
    @classmethod
    def _check_program_address(cls, value: str) -> str:
        wrong = [one for one in value.split() if not PROGRAM_ADDRESS.fullmatch(one)]
        if wrong:
            raise ValueError(f"{wrong[0]} is not an address on a person's own computer such as wss://127.0.0.1:8987")
        return value
