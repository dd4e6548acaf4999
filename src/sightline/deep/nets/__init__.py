"""Networks as modules of torch: those of timm and torchvision, and our own, made as timm makes its."""
