"""A face, because Keras has it: policies of number types under the names that half precision made known."""

from hornbeam.core.dtypes import DTypePolicy, dtype_policy, set_dtype_policy
from hornbeam.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
