using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The proposals of the Square attack (Andriushchenko et al. 2020, arXiv:1912.00049) as its public code makes them, one an image: which
/// windows and which signs, the caller decides. Pixels are in [0, 1], radii in the same units. Images are [channels, height, width].
/// <para>The bump η(s) of the L2 forms (section 3.3 of the paper) is s × s: its upper ⌊s/2⌋ rows are E(⌊s/2⌋, s), the others −E(s − ⌊s/2⌋, s),
/// and the whole has norm 1. E(a, b) has norm 1 too and is proportional to Σ_q 1/(q + 1)² over the squares of radius q ≥ 0 around
/// (⌊a/2⌋, ⌊b/2⌋) that hold the pixel, q below ⌊s/2⌋ + 1. A transposed bump has its halves side by side.</para>
/// <para>Sums are float64 in an order that neither vector width nor device changes: same arguments, same bits everywhere.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length, or a window does not lie in the image (a GPU gives that image NaN
/// instead, since a call does not wait). No rows is a no-op.</para></summary>
public static partial class SquareStep
{
    private const int TilesAcross = 5; // of the L2 start

    /// <summary>Smallest side of an image that the L2 start can tile.</summary>
    public const int SmallestTiledSide = TilesAcross;

    /// <summary>The L∞ start: points = clip(x + ε·s, 0, 1), s a sign a channel and column.</summary>
    /// <param name="natural">x [rows, channels, height, width].</param>
    /// <param name="signs">s [rows, channels, width], each 1 or −1.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Height.</param>
    /// <param name="width">Width.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="points">[rows, channels, height, width], overwritten; may be <paramref name="natural"/>.</param>
    public static void Stripes(
        DeviceSpan<float> natural, DeviceSpan<float> signs, int rows, int channels, int height, int width, float epsilon,
        DeviceSpan<float> points)
    {
        const string entry = "SquareStep.Stripes";
        var shape = Check(new(rows, channels, height, width), natural, "points", points, entry);
        Contract.Elements(signs, (long)rows * channels * width, entry, "signs", "[rows, channels, width]");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 4.0 * points.Length, 8.0 * points.Length, shape.Kernel);
        if (PtxDevice.Is(points, out var gpu))
            StripesOnPtx(gpu, natural, signs, shape, epsilon, points);
        else
            StripesOnHost(HostDevice.Of(points, entry), natural, signs, shape, epsilon, points);
    }

    /// <summary>The L∞ proposal: adds 2ε·s to the best image in a window, and projects: candidates = clip(min(max(best + 2ε·s, x − ε), x + ε), 0, 1),
    /// with s = 0 outside the window.</summary>
    /// <param name="natural">x [rows, channels, height, width].</param>
    /// <param name="best">[rows, channels, height, width].</param>
    /// <param name="windows">[rows, 3]: side, first row, first column.</param>
    /// <param name="signs">s [rows, channels], each 1 or −1.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Height.</param>
    /// <param name="width">Width.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="candidates">[rows, channels, height, width], overwritten; may be <paramref name="best"/>.</param>
    public static void Linf(
        DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs, int rows, int channels,
        int height, int width, float epsilon, DeviceSpan<float> candidates)
    {
        const string entry = "SquareStep.Linf";
        var shape = Check(new(rows, channels, height, width), natural, "candidates", candidates, entry);
        Contract.Elements(best, natural.Length, entry, "best", "[rows, channels, height, width]");
        Contract.Elements(windows, 3L * rows, entry, "windows", "[rows, 3]");
        Contract.Elements(signs, (long)rows * channels, entry, "signs", "[rows, channels]");
        if (candidates.IsEmpty)
            return;
        using var scope = KernelScope.Enter(candidates.Device, entry, 7.0 * candidates.Length, 12.0 * candidates.Length, shape.Kernel);
        if (PtxDevice.Is(candidates, out var gpu))
            LinfOnPtx(gpu, natural, best, windows, signs, shape, epsilon, candidates);
        else
            LinfOnHost(HostDevice.Of(candidates, entry), entry, natural, best, windows, signs, shape, epsilon, candidates);
    }

    /// <summary>How many bumps tile an image at the L2 start: their side is s = ⌊height / 5⌋, the first lies at ⌊(height − 5s) / 2⌋ both ways, and
    /// there are ⌊height / s⌋ rows of ⌊width / s⌋. Of one that hangs over the edge the part inside counts.</summary>
    /// <param name="height">At least <see cref="SmallestTiledSide"/>.</param>
    /// <param name="width">Width.</param>
    public static int TilesOf(int height, int width)
    {
        var side = height / TilesAcross;
        return side == 0 ? 0 : height / side * (width / side);
    }

    /// <summary>The L2 start: points = clip(x + ε·δ / (‖δ‖ + 1e-12), 0, 1), δ a bump times a sign in every tile.</summary>
    /// <param name="natural">x [rows, channels, height, width].</param>
    /// <param name="signs">[rows, channels, tiles], each 1 or −1; tiles row by row, <see cref="TilesOf"/>.</param>
    /// <param name="transposed">[rows, tiles], whether a tile's bump is transposed: 0 or 1.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Height, at least <see cref="SmallestTiledSide"/>.</param>
    /// <param name="width">Width.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="points">[rows, channels, height, width], overwritten; may be <paramref name="natural"/>.</param>
    public static void Tiles(
        DeviceSpan<float> natural, DeviceSpan<float> signs, DeviceSpan<int> transposed, int rows, int channels, int height, int width,
        float epsilon, DeviceSpan<float> points)
    {
        const string entry = "SquareStep.Tiles";
        var shape = Check(new(rows, channels, height, width), natural, "points", points, entry);
        Contract.Require(height >= SmallestTiledSide, entry, $"images must be at least {SmallestTiledSide} pixels high");
        long tiles = TilesOf(height, width);
        Contract.Elements(signs, rows * channels * tiles, entry, "signs", "[rows, channels, tiles]");
        Contract.Elements(transposed, rows * tiles, entry, "transposed", "[rows, tiles]");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 20.0 * points.Length, 8.0 * points.Length, shape.Kernel);
        if (PtxDevice.Is(points, out var gpu))
            TilesOnPtx(gpu, natural, signs, transposed, shape, epsilon, points);
        else
            TilesOnHost(HostDevice.Of(points, entry), natural, signs, transposed, shape, epsilon, points);
    }

    /// <summary>The L2 proposal: moves the perturbation of a second window into a first and reshapes it. With δ = best − x, in every channel
    /// n₁ the norm of δ in W₁, n_u that in W₁ ∪ W₂, and n that of all of δ:
    /// v = η(side)·s + δ_W₁ / (1e-12 + n₁), scaled to length √(max(ε² − n², 0) / channels + n_u²); δ becomes zero in W₂, then v in W₁;
    /// candidates = clip(x + ε·δ / (‖δ‖ + 1e-12), 0, 1).</summary>
    /// <param name="natural">x [rows, channels, height, width].</param>
    /// <param name="best">[rows, channels, height, width].</param>
    /// <param name="windows">[rows, 6]: side, first row and column of W₁, first row and column of W₂, whether the bump is transposed (0 or 1).</param>
    /// <param name="signs">s [rows, channels], each 1 or −1.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Height.</param>
    /// <param name="width">Width.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="candidates">[rows, channels, height, width], overwritten; may be <paramref name="best"/>.</param>
    public static void L2(
        DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs, int rows, int channels,
        int height, int width, float epsilon, DeviceSpan<float> candidates)
    {
        const string entry = "SquareStep.L2";
        var shape = Check(new(rows, channels, height, width), natural, "candidates", candidates, entry);
        Contract.Elements(best, natural.Length, entry, "best", "[rows, channels, height, width]");
        Contract.Elements(windows, 6L * rows, entry, "windows", "[rows, 6]");
        Contract.Elements(signs, (long)rows * channels, entry, "signs", "[rows, channels]");
        if (candidates.IsEmpty)
            return;
        using var scope = KernelScope.Enter(candidates.Device, entry, 20.0 * candidates.Length, 20.0 * candidates.Length, shape.Kernel);
        if (PtxDevice.Is(candidates, out var gpu))
            L2OnPtx(gpu, natural, best, windows, signs, shape, epsilon, candidates);
        else
            L2OnHost(HostDevice.Of(candidates, entry), entry, natural, best, windows, signs, shape, epsilon, candidates);
    }

    private static Shape Check(Shape shape, DeviceSpan<float> natural, string outputName, DeviceSpan<float> output, string entry)
    {
        var (rows, channels, height, width) = shape;
        Contract.Require(rows >= 0 && channels >= 0 && height >= 0 && width >= 0, entry, "sizes must not be negative");
        var elements = (long)rows * channels * height * width;
        Contract.Elements(natural, elements, entry, "natural", "[rows, channels, height, width]");
        Contract.Elements(output, elements, entry, outputName, "[rows, channels, height, width]");
        return shape;
    }

    private readonly record struct Shape(int Rows, int Channels, int Height, int Width)
    {
        public long Plane => (long)Height * Width;

        public KernelShape Kernel => new(Rows, Channels, Height, Width);
    }
}
