"""How programs and libraries say that memory is used up."""

from __future__ import annotations

from typing import Final

OUT_OF_MEMORY: Final = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "std::bad_alloc",
    "cublas_status_alloc_failed",
)
"""Parts of messages, in lower case, by which PyTorch, CUDA, LightGBM and the C++ library say so."""


def says_out_of_memory(text: str) -> bool:
    """Whether ``text`` says that host or device memory was used up."""
    lowered = text.lower()
    return any(part in lowered for part in OUT_OF_MEMORY)
