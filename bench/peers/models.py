"""The networks and operations that the peers run: what packages/nets builds, in PyTorch."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def sinusoidal(t, dim):
    """t [b] as sines, then cosines, [b, dim]."""
    half = dim // 2
    frequencies = 10_000.0 ** (-torch.arange(half, dtype=torch.float32, device=t.device) / (half - 1))
    angles = t[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)


class TimeEmbedding(nn.Module):
    """What every block is given, silu(embedding of t)."""

    def __init__(self, frequencies, width):
        super().__init__()
        self.frequencies = frequencies
        self.linear_1 = nn.Linear(frequencies, width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, t):
        return F.silu(self.linear_2(F.silu(self.linear_1(sinusoidal(t, self.frequencies)))))


class MlpBlock(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.linear_1 = nn.Linear(hidden, hidden)
        self.time_emb_proj = nn.Linear(hidden, hidden)
        self.linear_2 = nn.Linear(hidden, hidden)

    def forward(self, h, emb):
        return h + self.linear_2(F.silu(self.linear_1(F.silu(h)) + self.time_emb_proj(emb)))


class Mlp(nn.Module):
    def __init__(self, dim=2, hidden=128, depth=3, frequencies=64):
        super().__init__()
        self.time_embedding = TimeEmbedding(frequencies, hidden)
        self.linear_in = nn.Linear(dim, hidden)
        self.blocks = nn.ModuleList(MlpBlock(hidden) for _ in range(depth))
        self.linear_out = nn.Linear(hidden, dim)

    def forward(self, x, t):
        emb = self.time_embedding(t)
        h = self.linear_in(x)
        for block in self.blocks:
            h = block(h, emb)
        return self.linear_out(F.silu(h))


class Ddim(nn.Module):
    """Deterministic DDIM from x_T to x_0 on the linear schedule; `times` are the steps' times, [steps] and falling."""

    def __init__(self, net, steps, T=1000):
        super().__init__()
        self.net = net
        alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T, dtype=torch.float64), 0).tolist()
        self.at = [alpha_bar[T * (steps - i) // steps - 1] for i in range(steps)] + [1.0]

    def forward(self, x, times):
        for i, (now, then) in enumerate(zip(self.at, self.at[1:])):
            eps = self.net(x, times[i].expand(x.shape[0]))
            x0 = (x - math.sqrt(1 - now) * eps) * (1 / math.sqrt(now))
            x = math.sqrt(then) * x0 + math.sqrt(1 - then) * eps
        return x


class Attend(nn.Module):
    """softmax(q k^T / sqrt(c)) v of [b, n, c], one head."""

    def __init__(self, channels):
        super().__init__()
        self.scale = 1 / math.sqrt(channels)

    def forward(self, q, k, v):
        return torch.softmax(q @ k.transpose(1, 2) * self.scale, 2) @ v


class Attention(nn.Module):
    def __init__(self, channels, groups, eps):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, eps)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])
        self.attend = Attend(channels)

    def forward(self, x):
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        mixed = self.to_out[0](self.attend(self.to_q(y), self.to_k(y), self.to_v(y)))
        return x + mixed.transpose(1, 2).reshape(x.shape)


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, embedding, groups, eps):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(embedding, outputs)
        self.norm2 = nn.GroupNorm(groups, outputs, eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.conv_shortcut = nn.Conv2d(inputs, outputs, 1)
        self.same = inputs == outputs

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(emb)[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (x if self.same else self.conv_shortcut(x))


class Down(nn.Module):
    """Halves; the border is below and on the right."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Up(nn.Module):
    """Doubles."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Block(nn.Module):
    """The residual blocks of one resolution, and attention after each of them where there is attention."""

    def __init__(self, inputs, outputs, attends, resnet, attention):
        super().__init__()
        self.resnets = nn.ModuleList(resnet(n, outputs) for n in inputs)
        if attends:
            self.attentions = nn.ModuleList(attention(outputs) for _ in inputs)
        self.attends = attends

    def stage(self, i, x, emb):
        h = self.resnets[i](x, emb)
        return self.attentions[i](h) if self.attends else h


class Unet(nn.Module):
    """The U-Net of Ho et al., with diffusers' names, x [b, channels, h, w] and t [b]."""

    def __init__(self, height, channels, base, mults, blocks, attention, groups, eps=1e-6):
        super().__init__()
        widths = [base * m for m in mults]
        attends = [height // 2**i in attention for i in range(len(mults))]
        made = {
            "resnet": lambda n, m: Resnet(n, m, 4 * widths[0], groups, eps),
            "attention": lambda n: Attention(n, groups, eps),
        }
        last = len(mults) - 1
        self.time_embedding = TimeEmbedding(widths[0], 4 * widths[0])
        self.conv_in = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        skips, n = [widths[0]], widths[0]
        for i, width in enumerate(widths):
            block = Block([n] + [width] * (blocks - 1), width, attends[i], **made)
            skips += [width] * blocks
            if i < last:
                block.downsamplers = nn.ModuleList([Down(width)])
                skips.append(width)
            self.down_blocks.append(block)
            n = width
        self.mid_block = Block([n, n], n, False, **made)
        self.mid_block.attentions = nn.ModuleList([Attention(n, groups, eps)])
        for i, width in reversed(list(enumerate(widths))):
            block = Block([(width if j else n) + skips.pop() for j in range(blocks + 1)], width, attends[i], **made)
            if i > 0:
                block.upsamplers = nn.ModuleList([Up(width)])
            self.up_blocks.append(block)
            n = width
        self.conv_norm_out = nn.GroupNorm(groups, n, eps)
        self.conv_out = nn.Conv2d(n, channels, 3, padding=1)

    def forward(self, x, t):
        emb = self.time_embedding(t)
        h = self.conv_in(x)
        skips = [h]
        for block in self.down_blocks:
            for i in range(len(block.resnets)):
                h = block.stage(i, h, emb)
                skips.append(h)
            for sampler in getattr(block, "downsamplers", []):
                h = sampler(h)
                skips.append(h)
        before, after = self.mid_block.resnets
        h = after(self.mid_block.attentions[0](before(h, emb)), emb)
        for block in self.up_blocks:
            for i in range(len(block.resnets)):
                h = block.stage(i, torch.cat([h, skips.pop()], 1), emb)
            for sampler in getattr(block, "upsamplers", []):
                h = sampler(h)
        return self.conv_out(F.silu(self.conv_norm_out(h)))


class MatMul(nn.Module):
    def forward(self, a, b):
        return a @ b


class GroupNormSilu(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)

    def forward(self, x):
        return F.silu(self.norm(x))


def cifar():
    return Unet(height=32, channels=3, base=128, mults=[1, 2, 2, 2], blocks=2, attention=[16], groups=32)


def mnist():
    return Unet(height=28, channels=1, base=32, mults=[1, 2, 2], blocks=2, attention=[14], groups=8)


NETS = {"cifar": (cifar, (3, 32, 32)), "mnist": (mnist, (1, 28, 28)), "mlp": (Mlp, (2,))}


def net(name, batch):
    """A network and its inputs (x, t), always the same."""
    torch.manual_seed(0)
    make, shape = NETS[name]
    return make(), (torch.randn(batch, *shape), torch.randint(1, 1001, (batch,)).float())


def ddim50():
    module, (x, _) = net("mlp", 1024)
    return Ddim(module, 50), (x, torch.arange(1000, 0, -20).float())


def conv3x3():
    torch.manual_seed(0)
    return nn.Conv2d(128, 128, 3, padding=1, bias=False), (torch.randn(8, 128, 32, 32),)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


# Cases of one forward evaluation: what makes the module and its inputs.
FORWARD = {
    "cifar_forward_b1": lambda: net("cifar", 1),
    "cifar_forward_b8": lambda: net("cifar", 8),
    "mnist_forward_b64": lambda: net("mnist", 64),
    "mlp_forward_b1024": lambda: net("mlp", 1024),
    "mlp_ddim50_b1024": ddim50,
    "gemm_512": lambda: (MatMul(), (torch.randn(512, 512), torch.randn(512, 512))),
    "gemm_1024": lambda: (MatMul(), (torch.randn(1024, 1024), torch.randn(1024, 1024))),
    "conv3x3_c128_32_b8": conv3x3,
    "groupnorm_silu_c128_32_b8": lambda: (GroupNormSilu(128, 32), (torch.randn(8, 128, 32, 32),)),
    "attention_n256_c256_b8": lambda: (Attend(256), tuple(torch.randn(8, 256, 256) for _ in range(3))),
}
