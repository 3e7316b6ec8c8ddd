using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="SquareStep"/> against the public code's way of writing it, in float64.</summary>
[TestFixture]
public class SquareStepTests
{
    private const float Epsilon = 0.3f;

    private static readonly (int Rows, int Channels, int Height, int Width)[] s_shapes =
        [(0, 3, 8, 8), (1, 1, 5, 5), (2, 3, 7, 9), (1, 2, 9, 5), (2, 3, 16, 16), (1, 1, 17, 41), (2, 3, 32, 32)];

    private static float[] Pixels(long count, int seed) => [.. KernelCases.Values(count, seed).Select(value => 0.5f + 0.5f * value)];

    private static float[] Signs(long count, int seed) => [.. KernelCases.Values(count, seed).Select(value => value < 0 ? -1f : 1f)];

    private static int[] Bits(int count, int seed) => [.. KernelCases.Values(count, seed).Select(value => value < 0 ? 0 : 1)];

    /// <summary>Points near the natural ones, most of them inside the ball.</summary>
    private static float[] Near(float[] natural, float size, int seed) =>
        [.. natural.Zip(KernelCases.Values(natural.Length, seed), (x, noise) => Math.Clamp(x + size * noise, 0, 1))];

    [Test]
    public void StripesMatchTheReference([ValueSource(nameof(s_shapes))] (int Rows, int Channels, int Height, int Width) shape)
    {
        var (rows, channels, height, width) = shape;
        var values = channels * height * width;
        var (x, signs) = (Pixels((long)rows * values, 1), Signs((long)rows * channels * width, 2));
        var expected = PerRow(rows, row => new SquareReference(channels, height, width, Epsilon).Stripes(Slice(x, row, values).ToDoubles(), Slice(signs, row, channels * width)));
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded natural = device.Place(x), s = device.Place(signs), points = device.Empty(x.Length);
            SquareStep.Stripes(natural, s, rows, channels, height, width, Epsilon, points);
            var result = points.Values();
            KernelCases.AssertClose(result, expected, 6e-8, 0, $"{device}");
            SquareStep.Stripes(natural, s, rows, channels, height, width, Epsilon, natural);
            Assert.That(natural.Values(), Is.EqualTo(result), $"{device}: in place");
        }
    }

    [Test]
    public void LinfProposalsMatchTheReference(
        [ValueSource(nameof(s_shapes))] (int Rows, int Channels, int Height, int Width) shape, [Values(1, 3, 5)] int side)
    {
        var (rows, channels, height, width) = shape;
        var values = channels * height * width;
        var x = Pixels((long)rows * values, 1);
        var (b, signs) = (Near(x, Epsilon, 2), Signs((long)rows * channels, 3));
        int[] windows = [.. Enumerable.Range(0, rows).SelectMany(row => new[] { side, Math.Min(row, height - side), width - side })];
        var reference = new SquareReference(channels, height, width, Epsilon);
        var expected = PerRow(rows, row => reference.Linf(Slice(x, row, values).ToDoubles(), Slice(b, row, values).ToDoubles(), Slice(windows, row, 3), Slice(signs, row, channels)));
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded natural = device.Place(x), best = device.Place(b), s = device.Place(signs), candidates = device.Empty(x.Length);
            using var w = new GuardedArray<int>(device, windows);
            SquareStep.Linf(natural, best, w, s, rows, channels, height, width, Epsilon, candidates);
            var result = candidates.Values();
            KernelCases.AssertClose(result, expected, 1e-7, 0, $"{device}");
            SquareStep.Linf(natural, best, w, s, rows, channels, height, width, Epsilon, best);
            Assert.That(best.Values(), Is.EqualTo(result), $"{device}: in place");
        }
    }

    [Test]
    public void TilesMatchTheReference([ValueSource(nameof(s_shapes))] (int Rows, int Channels, int Height, int Width) shape)
    {
        var (rows, channels, height, width) = shape;
        var (values, tiles) = (channels * height * width, SquareStep.TilesOf(height, width));
        var (x, signs, turned) = (Pixels((long)rows * values, 1), Signs((long)rows * channels * tiles, 2), Bits(rows * tiles, 3));
        var reference = new SquareReference(channels, height, width, Epsilon);
        var expected = PerRow(
            rows, row => reference.Tiles(Slice(x, row, values).ToDoubles(), Slice(signs, row, channels * tiles), Slice(turned, row, tiles)));
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded natural = device.Place(x), s = device.Place(signs), points = device.Empty(x.Length);
            using var transposed = new GuardedArray<int>(device, turned);
            SquareStep.Tiles(natural, s, transposed, rows, channels, height, width, Epsilon, points);
            var result = points.Values();
            KernelCases.AssertClose(result, expected, 1e-7, 0, $"{device}");
            SquareStep.Tiles(natural, s, transposed, rows, channels, height, width, Epsilon, natural);
            Assert.That(natural.Values(), Is.EqualTo(result), $"{device}: in place");
        }
    }

    /// <summary>Windows apart, on top of each other and overlapping; a perturbation that fills the ball and one that does not, and none.</summary>
    [Test]
    public void L2ProposalsMatchTheReference(
        [ValueSource(nameof(s_shapes))] (int Rows, int Channels, int Height, int Width) shape, [Values(1, 2, 3, 5)] int side,
        [Values(0f, 0.001f, 0.2f)] float perturbation)
    {
        var (rows, channels, height, width) = shape;
        var values = channels * height * width;
        var x = Pixels((long)rows * values, 1);
        var (b, signs) = (Near(x, perturbation, 2), Signs((long)rows * channels, 3));
        int[] windows =
        [
            .. Enumerable.Range(0, rows).SelectMany(
                row => new[] { side, (height - side) / 2, (width - side) / 2, row == 0 ? height - side : (height - side) / 2, Math.Max(0, (width - side) / 2 - row), row % 2 }),
        ];
        var reference = new SquareReference(channels, height, width, Epsilon);
        var expected = PerRow(rows, row => reference.L2(Slice(x, row, values).ToDoubles(), Slice(b, row, values).ToDoubles(), Slice(windows, row, 6), Slice(signs, row, channels)));
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded natural = device.Place(x), best = device.Place(b), s = device.Place(signs), candidates = device.Empty(x.Length);
            using var w = new GuardedArray<int>(device, windows);
            SquareStep.L2(natural, best, w, s, rows, channels, height, width, Epsilon, candidates);
            var result = candidates.Values();
            KernelCases.AssertClose(result, expected, 2e-7, 0, $"{device}");
            for (var row = 0; row < rows; row++)
                Assert.That(Math.Sqrt(Slice(result, row, values).Zip(Slice(x, row, values), (a, n) => (a - (double)n) * (a - (double)n)).Sum()), Is.LessThan(Epsilon + 1e-6));
            SquareStep.L2(natural, best, w, s, rows, channels, height, width, Epsilon, best);
            Assert.That(best.Values(), Is.EqualTo(result), $"{device}: in place");
        }
    }

    [Test]
    public void BitsAreTheSameOnEveryDevice([Values(15, 32)] int width)
    {
        const int height = 33;
        float[]? expected = null;
        foreach (var device in KernelCases.Devices)
        {
            using var memory = new ShiftedMemory(device, 0);
            var all = Everything(memory, 3, height, width);
            expected ??= all;
            Assert.That(all, Is.EqualTo(expected), $"{device}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var memory = new ShiftedMemory(host, 0);
                return Everything(memory, 5, 16, 16);
            },
            "all proposals");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(7, 33)] int width) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(memory => Everything(memory, 2, 17, width), $"{width} wide");

    [Test]
    public void AGpuSpoilsAnImageWhoseWindowLeavesIt()
    {
        foreach (var device in KernelCases.Devices.OfType<PtxDevice>())
        {
            using KernelCases.Guarded x = device.Place(Pixels(2 * 64, 1)), signs = device.Place([1f, 1f]), candidates = device.Empty(2 * 64);
            using GuardedArray<int> window = new(device, [3, 5, 5, 3, 6, 5]), pair = new(device, [3, 5, 5, 0, -1, 0, 3, 0, 0, 5, 5, 1]);
            SquareStep.Linf(x, x, window, signs, 2, 1, 8, 8, 0.1f, candidates);
            Assert.That(Array.FindAll(candidates.Values(), float.IsNaN), Has.Length.EqualTo(64), $"{device}");
            Assert.That(candidates.Values()[64..], Is.All.NaN, $"{device}");
            SquareStep.L2(x, x, pair, signs, 2, 1, 8, 8, 0.1f, candidates);
            Assert.That(Array.FindAll(candidates.Values(), float.IsNaN), Has.Length.EqualTo(64), $"{device}");
            Assert.That(candidates.Values()[..64], Is.All.NaN, $"{device}");
        }
    }

    [Test]
    public void WrongArgumentsAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded x = host.Place(Pixels(64, 1)), signs = host.Place(Signs(8, 2)), one = host.Place([1f]);
        using GuardedArray<int> window = new(host, [3, 5, 5]), outside = new(host, [3, 6, 5]), pair = new(host, [3, 5, 5, 5, 6, 0]);
        Assert.That(() => SquareStep.Stripes(x, one, 1, 1, 8, 8, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("signs"));
        Assert.That(() => SquareStep.Linf(x, one, window, one, 1, 1, 8, 8, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("best"));
        Assert.That(() => SquareStep.Linf(x, x, pair, one, 1, 1, 8, 8, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("windows"));
        Assert.That(() => SquareStep.Linf(x, x, outside, one, 1, 1, 8, 8, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("side 3 at row 6"));
        Assert.That(() => SquareStep.L2(x, x, pair, one, 1, 1, 8, 8, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("column 6"));
        Assert.That(() => SquareStep.Tiles(x, signs, window, 1, 1, 4, 16, 0.1f, x), Throws.TypeOf<ShapeException>().With.Message.Contains("5 pixels high"));
        Assert.That(() => SquareStep.Tiles(x, signs, window, 1, 1, 8, 8, 0.1f, one), Throws.TypeOf<ShapeException>().With.Message.Contains("points"));
        using var inside = new GuardedArray<int>(host, [3, 5, 5, 0, 1, 1]);
        KernelInvariants.AssertNoAllocation(() => SquareStep.L2(x, x, inside, one, 1, 1, 8, 8, 0.1f, x), "L2");
        KernelInvariants.AssertNoAllocation(() => SquareStep.Linf(x, x, window, one, 1, 1, 8, 8, 0.1f, x), "Linf");
    }

    private static float[] Everything(ShiftedMemory memory, int rows, int height, int width)
    {
        const int channels = 3;
        var values = channels * height * width;
        var tiles = SquareStep.TilesOf(height, width);
        var x = Pixels(rows * values, 1);
        DeviceSpan<float> natural = memory.Place(x), best = memory.Place(Near(x, 0.01f, 2)), signs = memory.Place(Signs(rows * channels, 3));
        DeviceSpan<float> columns = memory.Place(Signs(rows * channels * width, 4)), tileSigns = memory.Place(Signs(rows * channels * tiles, 5));
        DeviceSpan<int> window = memory.Place([.. Enumerable.Range(0, rows).SelectMany(row => new[] { 3 + 2 * row, row, 1 })]);
        DeviceSpan<int> pair = memory.Place([.. Enumerable.Range(0, rows).SelectMany(row => new[] { 3 + 2 * row, row, 1, 4, row, row % 2 })]);
        var results = Enumerable.Range(0, 4).Select(_ => memory.Empty<float>(rows * values)).ToArray();
        SquareStep.Stripes(natural, columns, rows, channels, height, width, Epsilon, results[0]);
        SquareStep.Linf(natural, best, window, signs, rows, channels, height, width, Epsilon, results[1]);
        SquareStep.Tiles(natural, tileSigns, memory.Place(Bits(rows * tiles, 6)), rows, channels, height, width, Epsilon, results[2]);
        SquareStep.L2(natural, best, pair, signs, rows, channels, height, width, Epsilon, results[3]);
        return [.. results.SelectMany(result => result.ToArray())];
    }

    private static T[] Slice<T>(T[] array, int row, int length) => array[(row * length)..((row + 1) * length)];

    private static double[] PerRow(int rows, Func<int, double[]> reference) => [.. Enumerable.Range(0, rows).SelectMany(reference)];
}
