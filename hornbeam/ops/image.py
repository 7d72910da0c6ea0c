"""A face, because Keras has it: operations on images, from the files beside this one."""

from __future__ import annotations

from hornbeam.ops.coloring import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from hornbeam.ops.filtering import gaussian_blur, sobel_edges, ssim
from hornbeam.ops.patches import crop_images, extract_patches, extract_patches_3d, pad_images
from hornbeam.ops.resizing import resize, scale_and_translate
from hornbeam.ops.warping import affine_transform, elastic_transform, map_coordinates, perspective_transform

__all__ = [
    "affine_transform", "crop_images", "elastic_transform", "extract_patches", "extract_patches_3d", "gaussian_blur",
    "hsv_to_rgb", "map_coordinates", "pad_images", "perspective_transform", "resize", "rgb_to_grayscale", "rgb_to_hsv",
    "scale_and_translate", "sobel_edges", "ssim",
]  # fmt: skip
