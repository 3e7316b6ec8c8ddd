"""The masked auto-encoder and the classifier of MIMIR, with the parameter names, shapes and initial values of MAE and timm.

Every random number (mask noise, drop path) is an argument, so that two ways to compute a step can be compared.
"""
from __future__ import annotations

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

# name -> width, depth, heads, MLP ratio
MODELS = {
    "vit_ti": (192, 12, 3, 4.0),
    "vit_small": (384, 12, 6, 4.0),
    "vit_small_ds": (768, 8, 8, 3.0),
    "vit_base": (768, 12, 12, 4.0),
    "vit_large": (1024, 24, 16, 4.0),
}
DECODER_WIDTH, DECODER_DEPTH, DECODER_HEADS, DECODER_RATIO = 128, 2, 16, 4.0
SIDE, CHANNELS, CLASSES = 32, 3, 10
MASK_RATIO = 0.75
NORM_EPSILON = 1e-6


class Linear(nn.Module):
    """A dense layer. Its weight may have more dimensions (the patch embedding's has the shape of a convolution's)."""

    def __init__(self, ops, inputs: int, outputs: int, shape: tuple[int, ...] | None = None):
        super().__init__()
        self.ops = ops
        self.weight = nn.Parameter(torch.empty(shape or (outputs, inputs)))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.turned: Tensor | None = None

    def matrix(self) -> Tensor:
        """The weight as [outputs, inputs]."""
        return self.weight.flatten(1)

    def turn(self) -> None:
        """Keeps the transposed weight for the backward passes to come; to be called after each change of the weight."""
        self.turned = self.matrix().detach().t().contiguous()

    def forward(self, x: Tensor) -> Tensor:
        return self.ops.linear(x, self)


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, ops, width: int, heads: int):
        super().__init__()
        self.ops, self.heads = ops, heads
        self.qkv = Linear(ops, width, 3 * width)
        self.proj = Linear(ops, width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(self.ops.attention(self.qkv(x), self.heads))


class Mlp(nn.Module):
    """Two layers with the exact GELU between them."""

    def __init__(self, ops, width: int, hidden: int):
        super().__init__()
        self.fc1 = Linear(ops, width, hidden)
        self.fc2 = Linear(ops, hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    """A pre-norm block."""

    def __init__(self, ops, width: int, heads: int, ratio: float):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, NORM_EPSILON)
        self.attn = Attention(ops, width, heads)
        self.norm2 = nn.LayerNorm(width, NORM_EPSILON)
        self.mlp = Mlp(ops, width, int(width * ratio))

    def forward(self, x: Tensor, scales: Tensor | None = None) -> Tensor:
        """scales: [B, 2] drop-path factors of the two branches, 0 or 1/keep."""
        branch = self.attn(self.norm1(x))
        x = x + (branch if scales is None else branch * scales[:, 0, None, None])
        branch = self.mlp(self.norm2(x))
        return x + (branch if scales is None else branch * scales[:, 1, None, None])


class PatchEmbed(nn.Module):
    """The embedding of patches; named `proj` as the convolution that it is elsewhere."""

    def __init__(self, ops, patch: int, width: int):
        super().__init__()
        self.proj = Linear(ops, CHANNELS * patch * patch, width, (width, CHANNELS, patch, patch))

    def forward(self, patches: Tensor) -> Tensor:
        return self.proj(patches)


def cut(images: Tensor, patch: int, order: tuple[int, ...]) -> Tensor:
    """[B, C, S, S] as [B, patches, values], the values in the given order of the axes of [B, C, gy, py, gx, px]."""
    b, c, s, _ = images.shape
    grid = s // patch
    return images.view(b, c, grid, patch, grid, patch).permute(*order).reshape(b, grid * grid, c * patch * patch)


CONVOLUTION = (0, 2, 4, 1, 3, 5)  # (channel, row, column): the patch embedding's weight
PIXELS = (0, 2, 4, 3, 5, 1)  # (row, column, channel): the reconstruction


def positions(width: int, grid: int) -> Tensor:
    """[1, 1 + grid², width] sines and cosines; a row of zeros for the class token; columns first, then rows."""
    rates = 10000.0 ** (-np.arange(width // 4) / (width / 4.0))
    row, column = np.divmod(np.arange(grid * grid), grid)
    angles = [np.outer(where, rates) for where in (column, row)]
    table = np.concatenate([f(a) for a in angles for f in (np.sin, np.cos)], 1)
    return torch.from_numpy(np.concatenate([np.zeros((1, width)), table])).float()[None]


class Model(nn.Module):
    """What both models share: patches, class token, blocks."""

    def __init__(self, ops, name: str, patch: int):
        super().__init__()
        self.ops, self.patch = ops, patch
        self.width, depth, heads, ratio = MODELS[name]
        self.patch_embed = PatchEmbed(ops, patch, self.width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, self.width))
        self.pos_embed = nn.Parameter(positions(self.width, SIDE // patch))
        self.blocks = nn.ModuleList(Block(ops, self.width, heads, ratio) for _ in range(depth))

    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        """Names and parameters that the optimiser moves."""
        return list(self.named_parameters())

    def layers(self) -> list[Linear]:
        """All dense layers."""
        return [module for module in self.modules() if isinstance(module, Linear)]


class Mae(Model):
    """The masked auto-encoder, with the published decoder."""

    def __init__(self, ops, name: str, patch: int):
        super().__init__(ops, name, patch)
        self.norm = nn.LayerNorm(self.width, NORM_EPSILON)
        self.decoder_embed = Linear(ops, self.width, DECODER_WIDTH)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, DECODER_WIDTH))
        self.decoder_pos_embed = nn.Parameter(positions(DECODER_WIDTH, SIDE // patch))
        self.decoder_blocks = nn.ModuleList(
            Block(ops, DECODER_WIDTH, DECODER_HEADS, DECODER_RATIO) for _ in range(DECODER_DEPTH))
        self.decoder_norm = nn.LayerNorm(DECODER_WIDTH, NORM_EPSILON)
        self.decoder_pred = Linear(ops, DECODER_WIDTH, CHANNELS * patch * patch)
        for table in (self.pos_embed, self.decoder_pos_embed):
            table.requires_grad_(False)
        for layer in self.layers():
            nn.init.xavier_uniform_(layer.matrix())
        for token in (self.cls_token, self.mask_token):
            nn.init.normal_(token, std=0.02)

    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        return [(name, p) for name, p in self.named_parameters() if not name.endswith("pos_embed")]

    def encode(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Latent [B, K+1, D], mask [B, L] (1 = removed) and the inverse of the shuffle. The smallest noise is kept."""
        b, patches = noise.shape
        kept = int(patches * (1 - MASK_RATIO))
        order = torch.argsort(noise, 1)
        restore = torch.argsort(order, 1)
        x = self._embed_visible(cut(images, self.patch, CONVOLUTION), order[:, :kept, None])
        x = torch.cat([(self.cls_token + self.pos_embed[:, :1]).expand(b, -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x), (restore >= kept).to(x.dtype), restore

    def _embed_visible(self, patches: Tensor, kept: Tensor) -> Tensor:
        def gather(x: Tensor) -> Tensor:
            return torch.gather(x, 1, kept.expand(-1, -1, x.shape[-1]))

        where = self.pos_embed[:, 1:]
        if not self.ops.visible_first:
            return gather(self.patch_embed(patches) + where)
        return self.patch_embed(gather(patches)) + gather(where.expand(len(patches), -1, -1))

    def decode(self, latent: Tensor, restore: Tensor) -> Tensor:
        """[B, L, values of a patch]."""
        x = self.decoder_embed(latent)
        b, visible, width = x.shape
        patches = restore.shape[1]
        full = torch.cat([x[:, 1:], self.mask_token.expand(b, patches + 1 - visible, -1)], 1)
        full = torch.gather(full, 1, restore[:, :, None].expand(-1, -1, width))
        x = torch.cat([x[:, :1], full], 1) + self.decoder_pos_embed
        for block in self.decoder_blocks:
            x = block(x)
        return self.decoder_pred(self.decoder_norm(x))[:, 1:]

    def forward(self, images: Tensor, target: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Loss of rebuilding `target` from the visible patches of `images`, with each patch normalised; and the latent."""
        latent, mask, restore = self.encode(images, noise)
        pred = self.decode(latent, restore)
        wanted = cut(target, self.patch, PIXELS)
        variance, mean = torch.var_mean(wanted, -1, unbiased=True, keepdim=True)
        wanted = (wanted - mean) / torch.sqrt(variance + 1e-6)
        return ((pred - wanted).square().mean(-1) * mask).sum() / mask.sum(), latent


class Classifier(Model):
    """The Vision Transformer of fine-tuning, with mean pooling."""

    def __init__(self, ops, name: str, patch: int):
        super().__init__(ops, name, patch)
        self.fc_norm = nn.LayerNorm(self.width, NORM_EPSILON)
        self.head = Linear(ops, self.width, CLASSES)
        for layer in self.layers():
            nn.init.trunc_normal_(layer.weight, std=0.02)
        nn.init.normal_(self.cls_token, std=1e-6)

    def forward(self, images: Tensor, scales: Tensor | None = None) -> Tensor:
        """Logits; scales: [B, depth, 2] drop-path factors."""
        x = self.patch_embed(cut(images, self.patch, CONVOLUTION))
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for i, block in enumerate(self.blocks):
            x = block(x, None if scales is None else scales[:, i])
        return self.head(self.fc_norm(x[:, 1:].mean(1)))
