using Mimir.Kernels.Devices;
using static Mimir.Kernels.Tests.KernelCases;

namespace Mimir.Kernels.Tests;

/// <summary>Attention against float64, over token counts around the vector and block edges.</summary>
public class AttentionTests
{
    private static IEnumerable<TestCaseData> Shapes()
    {
        foreach (var tokens in new[] { 1, 2, 5, 16, 17, 20, 33, 47, 65 })
        {
            foreach (var headSize in new[] { 1, 3, 8, 16, 32, 64, 80 })
            {
                foreach (var heads in new[] { 1, 3 })
                    yield return new TestCaseData(tokens > 20 ? 1 : 2, tokens, heads, headSize);
            }
        }

        yield return new TestCaseData(1, 257, 1, 64);
        yield return new TestCaseData(1, 257, 2, 8);
        yield return new TestCaseData(1, 257, 1, 3);
        yield return new TestCaseData(1, 321, 1, 8); // one key more than a forward block: the online softmax
        yield return new TestCaseData(1, 643, 1, 16); // three key blocks
        yield return new TestCaseData(1, 35, 16, 64); // rows 4 KiB apart: the copied form
        foreach (var tokens in new[] { 15, 31, 48, 63, 64, 67, 81, 129 }) // around the GPU's tiles
            yield return new TestCaseData(1, tokens, 1, 64);
        yield return new TestCaseData(1, 64, 1, 9);
        yield return new TestCaseData(1, 67, 1, 63);
        yield return new TestCaseData(1, 35, 2, 128);
        yield return new TestCaseData(1, 5, 1, 321);
    }

    [TestCaseSource(nameof(Shapes))]
    public void MatchesTheReference(int batch, int tokens, int heads, int headSize)
    {
        var width = heads * headSize;
        var qkv = Array.ConvertAll(Values(batch * tokens * 3 * width, 1), x => 2 * x);
        var dY = Values(batch * tokens * width, 2);
        var reference = new AttentionReference(batch, tokens, heads, headSize);
        var exact = Array.ConvertAll(qkv, x => (double)x);
        var (y, logSumExp) = reference.Forward(exact);
        var dQkv = reference.Backward(Array.ConvertAll(dY, x => (double)x), exact);
        foreach (var device in DevicesFor(headSize))
        {
            // With factors rounded to a unit of u, a score errs by about u here, independent roundings of 2·headSize factors up to 2, and an output
            // or a gradient by as much of the factors' magnitude: eight times that leaves room for the worst of thousands of elements.
            var unit = UnitOfFactors(device, headSize);
            var largest = Math.Max(1, dQkv.Max(Math.Abs));
            var result = Run(device, qkv, dY, batch, tokens, heads, headSize);
            AssertClose(result.Y, y, 4e-6 + 8 * unit, 4e-6, $"y, {device}");
            AssertClose(result.LogSumExp, logSumExp, 2e-6 + 8 * unit, 1e-6, $"logSumExp, {device}");
            AssertClose(result.DQkv, dQkv, (4e-6 + 8 * unit) * largest, 4e-6, $"dQkv, {device}");
        }
    }

    [Test]
    public void GradientMatchesFiniteDifferences()
    {
        const int tokens = 5, heads = 2, headSize = 3;
        var qkv = Values(tokens * 3 * heads * headSize, 3);
        var dY = Values(tokens * heads * headSize, 4);
        var reference = new AttentionReference(1, tokens, heads, headSize);
        var differences = new double[qkv.Length];
        for (var i = 0; i < qkv.Length; i++)
            differences[i] = (Loss(i, 1e-5) - Loss(i, -1e-5)) / 2e-5;
        foreach (var device in KernelCases.Devices)
            AssertClose(Run(device, qkv, dY, 1, tokens, heads, headSize).DQkv, differences, 2e-6, 2e-6, device.ToString());

        double Loss(int index, double step)
        {
            var moved = Array.ConvertAll(qkv, x => (double)x);
            moved[index] += step;
            return reference.Forward(moved).Y.Zip(dY, (y, g) => y * g).Sum();
        }
    }

    /// <summary>Scores in the hundreds: exponentials would overflow without the shift by the highest score.</summary>
    [TestCase(17, 64)]
    [TestCase(400, 8)]
    public void LargeScoresStayFinite(int tokens, int headSize)
    {
        var qkv = Array.ConvertAll(Values(tokens * 3 * headSize, 5), x => 25 * x);
        var dY = Values(tokens * headSize, 6);
        var reference = new AttentionReference(1, tokens, 1, headSize);
        var exact = Array.ConvertAll(qkv, x => (double)x);
        var (y, logSumExp) = reference.Forward(exact);
        var dQkv = reference.Backward(Array.ConvertAll(dY, x => (double)x), exact);
        foreach (var device in DevicesFor(headSize))
        {
            var result = Run(device, qkv, dY, 1, tokens, 1, headSize);
            if (UnitOfFactors(device, headSize) > 0)
            {
                // Rounded factors leave a score of 500 no digits behind the point, so outputs are some mean of the values.
                Assert.That(result.Y, Is.All.InRange(-25.1f, 25.1f), $"y, {device}");
                Assert.That(result.DQkv, Has.None.NaN, $"dQkv, {device}");
                continue;
            }

            // A score of 500 has an error near 500 ulps of one, which the exponential turns into a relative error.
            AssertClose(result.Y, y, 6e-3, 0, $"y, {device}");
            AssertClose(result.LogSumExp, logSumExp, 1e-4, 1e-6, $"logSumExp, {device}");
            AssertClose(result.DQkv, dQkv, 2e-3 * dQkv.Max(Math.Abs), 0, $"dQkv, {device}");
        }
    }

    [TestCase(3, 65, 3, 64)]
    [TestCase(1, 257, 5, 8)]
    public void ThreadsDoNotChangeABit(int batch, int tokens, int heads, int headSize)
    {
        var qkv = Values(batch * tokens * 3 * heads * headSize, 7);
        var dY = Values(batch * tokens * heads * headSize, 8);
        using var one = WithThreads(1);
        var expected = Run(one, qkv, dY, batch, tokens, heads, headSize);
        foreach (var threads in new[] { 2, 3 })
        {
            using var host = WithThreads(threads);
            var actual = Run(host, qkv, dY, batch, tokens, heads, headSize);
            Assert.That(actual.Y.AsSpan().SequenceEqual(expected.Y), $"y, {threads} threads");
            Assert.That(actual.LogSumExp.AsSpan().SequenceEqual(expected.LogSumExp), $"logSumExp, {threads} threads");
            Assert.That(actual.DQkv.AsSpan().SequenceEqual(expected.DQkv), $"dQkv, {threads} threads");
        }
    }

    [TestCase(17, 2)]
    [TestCase(321, 9)]
    public void NotANumberInAQueryReachesItsOutput(int tokens, int query)
    {
        var qkv = Values(tokens * 3 * 8, 9);
        qkv[query * 24] = float.NaN;
        foreach (var device in KernelCases.Devices)
        {
            var result = Run(device, qkv, Values(tokens * 8, 10), 1, tokens, 1, 8);
            for (var token = 0; token < tokens; token++)
                Assert.That(float.IsNaN(result.Y[token * 8]), Is.EqualTo(token == query), $"token {token}, {device}");
        }
    }

    [Test]
    public void NothingToDoForNoImages()
    {
        Attention.Forward(default, 0, 17, 3, 64, default, default);
        Attention.Backward(default, default, default, default, 2, 0, 3, 64, default);
    }

    [Test]
    public void AllocatesNothing()
    {
        using var host = WithThreads(1);
        using var qkv = host.Place(Values(2 * 17 * 3 * 24, 11));
        using var y = host.Empty(2 * 17 * 24);
        using var logSumExp = host.Empty(2 * 3 * 17);
        using var dQkv = host.Empty(2 * 17 * 3 * 24);
        Both();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Both();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Both()
        {
            Attention.Forward(qkv, 2, 17, 3, 8, y, logSumExp);
            Attention.Backward(y, qkv, y, logSumExp, 2, 17, 3, 8, dQkv);
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = Hosts[0];
        using var qkv = host.Empty(17 * 3 * 8);
        using var y = host.Empty(17 * 8);
        using var logSumExp = host.Empty(17);
        Assert.That(
            () => Attention.Forward(qkv, 1, 16, 1, 8, y, logSumExp),
            Throws.TypeOf<ShapeException>().With.Message.Contains("qkv has 408 elements, expected 384"));
        Assert.That(() => Attention.Forward(qkv, 1, 17, 1, 8, y, y), Throws.TypeOf<ShapeException>().With.Message.Contains("logSumExp"));
        Assert.That(() => Attention.Forward(qkv, 1, 17, 0, 8, y, logSumExp), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => Attention.Backward(y, qkv, y, logSumExp, 1, 17, 1, 8, y), Throws.TypeOf<ShapeException>().With.Message.Contains("dQkv"));
    }

    /// <summary>Tensor cores take heads of 64 channels; for others every precision is one.</summary>
    private static IEnumerable<Device> DevicesFor(int headSize) => headSize == 64 ? DevicesOfEveryPrecision : KernelCases.Devices;

    /// <summary>The unit roundoff of what enters the products: 0 where nothing is rounded.</summary>
    private static double UnitOfFactors(Device device, int headSize) => (headSize, device.Precision) switch
    {
        (64, MatrixPrecision.TensorFloat32) => 1.0 / (1 << 11),
        (64, MatrixPrecision.BFloat16) => 1.0 / (1 << 8),
        _ => 0,
    };

    private static (float[] Y, float[] LogSumExp, float[] DQkv) Run(
        Device device, float[] qkv, float[] dY, int batch, int tokens, int heads, int headSize)
    {
        using var input = device.Place(qkv);
        using var y = device.Empty(dY.Length);
        using var logSumExp = device.Empty(batch * heads * tokens);
        Attention.Forward(input, batch, tokens, heads, headSize, y, logSumExp);
        using var gradient = device.Place(dY);
        using var dQkv = device.Empty(qkv.Length);
        Attention.Backward(gradient, input, y, logSumExp, batch, tokens, heads, headSize, dQkv);
        return (y.Values(), logSumExp.Values(), dQkv.Values());
    }
}
