"""Models written for other programs: ONNX."""

from hornbeam.export.onnx import export_onnx

__all__ = ["export_onnx"]
