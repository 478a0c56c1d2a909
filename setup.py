"""Packaging of the azure-cli extension aks-kubenet."""

import os
from pathlib import Path

from setuptools import find_packages, setup

# One source, one wheel: its files carry this date (1980-01-01, the first that a zip can hold), not that of the build.
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")

VERSION = "1.0.0b1"
HERE = Path(__file__).parent

setup(
    name="aks-kubenet",
    version=VERSION,
    description="Plan, check and create AKS clusters with kubenet on your own network; judge those that run.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8")
    + "\n\n"
    + (HERE / "HISTORY.rst").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    author="The aks-kubenet authors",
    url="https://github.com/Azure/azure-cli-extensions/tree/main/src/aks-kubenet",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: System Administrators",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
    python_requires=">=3.10",
    packages=find_packages(include=["azext_kubenet", "azext_kubenet.*"]),
    install_requires=[],
    package_data={"azext_kubenet": ["azext_metadata.json"]},
)
