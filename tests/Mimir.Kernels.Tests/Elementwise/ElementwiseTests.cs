using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="Elementwise"/>: exact results, since every entry rounds once.</summary>
[TestFixture]
public class ElementwiseTests
{
    private static readonly int[] s_lengths = [0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 101, 16383, 16384, 16385, 40_003];

    [Test]
    public void AddIsExact([ValueSource(nameof(s_lengths))] int length)
    {
        float[] a = KernelCases.Values(length, 1), b = KernelCases.Values(length, 2);
        var expected = a.Zip(b, (p, q) => p + q).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded left = device.Place(a), right = device.Place(b), y = device.Empty(length);
            Elementwise.Add(left, right, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{device}");
            Elementwise.Add(left, right, left);
            Assert.That(left.Values(), Is.EqualTo(expected), $"{device} in place");
        }
    }

    [Test]
    public void ScaleIsExact([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 3);
        var expected = x.Select(v => v * 1.7f).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded source = device.Place(x), y = device.Empty(length);
            Elementwise.Scale(source, 1.7f, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{device}");
            Elementwise.Scale(source, 1.7f, source);
            Assert.That(source.Values(), Is.EqualTo(expected), $"{device} in place");
        }
    }

    [Test]
    public void CopyKeepsBits([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 4);
        if (length > 2)
            (x[0], x[1]) = (float.NaN, -0f);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded source = device.Place(x), y = device.Empty(length);
            Elementwise.Copy(source, y);
            var bits = y.Values().Select(BitConverter.SingleToInt32Bits);
            Assert.That(bits, Is.EqualTo(x.Select(BitConverter.SingleToInt32Bits)), $"{device}");
        }
    }

    [TestCase(0, 1, 1)]
    [TestCase(1, 1, 1)]
    [TestCase(3, 5, 7)]
    [TestCase(4, 65, 192)]
    [TestCase(5, 3, 17_000)]
    [TestCase(40_000, 1, 1)]
    public void ScaleRowsUsesTheFactorOfTheGroup(int scales, int rowsPerScale, int columns)
    {
        var x = KernelCases.Values((long)scales * rowsPerScale * columns, 5);
        var scale = KernelCases.Values(scales, 6);
        var expected = x.Select((v, i) => v * scale[i / columns / rowsPerScale]).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded source = device.Place(x), factors = device.Place(scale), y = device.Empty(x.Length);
            Elementwise.ScaleRows(source, factors, rowsPerScale, columns, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{device}");
        }
    }

    [Test]
    public void AddScaledRoundsOnceAndFillWritesAll([ValueSource(nameof(s_lengths))] int length)
    {
        float[] a = KernelCases.Values(length, 7), b = KernelCases.Values(length, 8);
        var expected = a.Zip(b, (p, q) => MathF.FusedMultiplyAdd(q, -0.3f, p)).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded left = device.Place(a), right = device.Place(b), y = device.Empty(length);
            Elementwise.AddScaled(left, right, -0.3f, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{device}");
            Elementwise.AddScaled(left, right, -0.3f, right);
            Assert.That(right.Values(), Is.EqualTo(expected), $"{device} in place");
            Elementwise.Fill(2.5f, y);
            Assert.That(y.Values(), Has.All.EqualTo(2.5f), $"{device} fill");
        }
    }

    [TestCase(1, 3, 1)]
    [TestCase(5, 2, 102)]
    [TestCase(7, 4, 36)]
    [TestCase(1201, 1, 1)]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace(int scales, int rowsPerScale, int columns) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var length = scales * rowsPerScale * columns;
                var (a, b) = (memory.Place(KernelCases.Values(length, 1)), memory.Place(KernelCases.Values(length, 2)));
                var (sum, scaled, rows) = (memory.Empty<float>(length), memory.Empty<float>(length), memory.Empty<float>(length));
                var (copy, filled) = (memory.Empty<float>(length), memory.Empty<float>(length));
                Elementwise.AddScaled(a, b, 0.7f, sum);
                Elementwise.Scale(a, 0.7f, scaled);
                Elementwise.ScaleRows(a, memory.Place(KernelCases.Values(scales, 3)), rowsPerScale, columns, rows);
                Elementwise.Copy(a, copy);
                Elementwise.Fill(3, filled);
                Elementwise.Add(a, b, b);
                return new[] { sum, scaled, rows, copy, filled, b }.SelectMany(result => result.ToArray()).ToArray();
            },
            $"{scales} x {rowsPerScale} x {columns}");

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded four = host.Empty(4), five = host.Empty(5);
        Assert.That(() => Elementwise.Add(four, five, four), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("Elementwise.Add: b has 5 elements, expected 4"));
        Assert.That(() => Elementwise.Add(four, four, five), Throws.TypeOf<ShapeException>());
        Assert.That(() => Elementwise.Scale(four, 2, five), Throws.TypeOf<ShapeException>());
        Assert.That(() => Elementwise.Copy(four, five), Throws.TypeOf<ShapeException>());
        Assert.That(() => Elementwise.ScaleRows(five, four, 1, 1, five), Throws.TypeOf<ShapeException>());
        Assert.That(() => Elementwise.ScaleRows(four, four, 0, 1, four), Throws.TypeOf<ShapeException>());
    }
}
