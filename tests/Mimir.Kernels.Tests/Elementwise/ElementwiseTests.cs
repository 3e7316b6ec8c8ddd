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
        foreach (var host in KernelCases.Hosts)
        {
            using KernelCases.Guarded left = host.Place(a), right = host.Place(b), y = host.Empty(length);
            Elementwise.Add(left, right, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{host.Width}");
            Elementwise.Add(left, right, left);
            Assert.That(left.Values(), Is.EqualTo(expected), $"{host.Width} in place");
        }
    }

    [Test]
    public void ScaleIsExact([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 3);
        var expected = x.Select(v => v * 1.7f).ToArray();
        foreach (var host in KernelCases.Hosts)
        {
            using KernelCases.Guarded source = host.Place(x), y = host.Empty(length);
            Elementwise.Scale(source, 1.7f, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{host.Width}");
            Elementwise.Scale(source, 1.7f, source);
            Assert.That(source.Values(), Is.EqualTo(expected), $"{host.Width} in place");
        }
    }

    [Test]
    public void CopyKeepsBits([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 4);
        if (length > 2)
            (x[0], x[1]) = (float.NaN, -0f);
        foreach (var host in KernelCases.Hosts)
        {
            using KernelCases.Guarded source = host.Place(x), y = host.Empty(length);
            Elementwise.Copy(source, y);
            var bits = y.Values().Select(BitConverter.SingleToInt32Bits);
            Assert.That(bits, Is.EqualTo(x.Select(BitConverter.SingleToInt32Bits)), $"{host.Width}");
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
        foreach (var host in KernelCases.Hosts)
        {
            using KernelCases.Guarded source = host.Place(x), factors = host.Place(scale), y = host.Empty(x.Length);
            Elementwise.ScaleRows(source, factors, rowsPerScale, columns, y);
            Assert.That(y.Values(), Is.EqualTo(expected), $"{host.Width}");
        }
    }

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
