using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="LayerNorm"/> against float64 and finite differences.</summary>
[TestFixture]
public class LayerNormTests
{
    private const float Epsilon = 1e-6f;

    private static readonly (int Rows, int Channels)[] s_shapes =
    [
        (0, 5), (1, 1), (1, 16), (2, 3), (3, 15), (5, 17), (7, 31), (67, 48), (33, 64), (200, 192), (31, 197), (9, 768), (4, 1024), (1, 1601),
        (9000, 9),
    ];

    [Test]
    public void ForwardMatchesFloat64([ValueSource(nameof(s_shapes))] (int Rows, int Channels) shape, [Values(0f, 100f)] float offset)
    {
        var data = new Data(shape.Rows, shape.Channels, offset);
        foreach (var device in KernelCases.Devices)
        {
            var (y, mean, rstd) = data.Forward(device);
            KernelCases.AssertClose(mean, data.Reference.Mean, 1e-7, 1e-6, $"{device} mean");
            KernelCases.AssertClose(rstd, data.Reference.Rstd, 0, shape.Channels == 1 ? 1e-6 : 3e-6, $"{device} rstd");
            for (var r = 0; r < shape.Rows; r++)
            {
                // y = (x − mean)·rstd·weight + bias inherits the rounding of x and mean, times rstd.
                var (from, count) = (r * shape.Channels, shape.Channels);
                var absolute = 1e-6 * (1 + (Math.Abs(offset) + 1) * data.Reference.Rstd[r] * 1.5);
                KernelCases.AssertClose(
                    y.AsSpan(from, count), data.Reference.Y.AsSpan(from, count), absolute, 4e-6, $"{device} row {r}");
            }
        }
    }

    [Test]
    public void BackwardMatchesFloat64([ValueSource(nameof(s_shapes))] (int Rows, int Channels) shape, [Values] bool residual)
    {
        var data = new Data(shape.Rows, shape.Channels, 0);
        var (dX, dWeight, dBias) = data.Reference.Backward(data.DY.ToDoubles());
        if (residual)
            dX = dX.Zip(data.DResidual, (a, b) => a + b).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            var result = data.Backward(device, residual, wantParameters: true);
            for (var r = 0; r < shape.Rows; r++)
            {
                var (from, count) = (r * shape.Channels, shape.Channels);
                KernelCases.AssertClose(
                    result.DX.AsSpan(from, count), dX.AsSpan(from, count), 1e-6 * (1 + 3 * data.Reference.Rstd[r]), 2e-6,
                    $"{device} dX row {r}");
            }

            // The parameters' gradients start from ones, to which they are added.
            var absolute = 2e-7 * shape.Rows + 4e-6;
            KernelCases.AssertClose(result.DWeight, dWeight.Select(v => v + 1).ToArray(), absolute, 2e-6, $"{device} dWeight");
            KernelCases.AssertClose(result.DBias, dBias.Select(v => v + 1).ToArray(), absolute, 2e-6, $"{device} dBias");

            var alone = data.Backward(device, residual, wantParameters: false);
            Assert.That(alone.DX, Is.EqualTo(result.DX), $"{device} without parameters");
        }
    }

    [Test]
    public void GradientsMayGoOverTheirSources()
    {
        var data = new Data(37, 50, 0);
        foreach (var device in KernelCases.Devices)
        {
            var expected = data.Backward(device, residual: true, wantParameters: true);
            var (_, mean, rstd) = data.Forward(device);
            using KernelCases.Guarded x = device.Place(data.X), weight = device.Place(data.Weight), dY = device.Place(data.DY);
            using KernelCases.Guarded means = device.Place(mean), rstds = device.Place(rstd), residual = device.Place(data.DResidual);
            LayerNorm.Backward(dY, x, weight, means, rstds, 37, 50, residual, residual, default, default);
            Assert.That(residual.Values(), Is.EqualTo(expected.DX), $"{device} over dResidual");

            using KernelCases.Guarded again = device.Place(data.DResidual), dWeight = device.Place(Ones(50)), dBias = device.Place(Ones(50));
            LayerNorm.Backward(dY, x, weight, means, rstds, 37, 50, again, dY, dWeight, dBias);
            Assert.That(dY.Values(), Is.EqualTo(expected.DX), $"{device} over dY");
            Assert.That(dWeight.Values(), Is.EqualTo(expected.DWeight), $"{device} over dY");
        }
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var data = new Data(1000, 67, 1);
        float[][]? first = null;
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = KernelCases.WithThreads(threads);
            var (y, mean, rstd) = data.Forward(host);
            var (dX, dWeight, dBias) = data.Backward(host, residual: true, wantParameters: true);
            float[][] all = [y, mean, rstd, dX, dWeight, dBias];
            first ??= all;
            Assert.That(all, Is.EqualTo(first));
        }
    }

    [TestCase(70, 64)]
    [TestCase(133, 37)]
    public void BitsDoNotDependOnSchedules(int rows, int channels)
    {
        var data = new Data(rows, channels, 1);
        KernelInvariants.AssertSchedulesAgree(
            device =>
            {
                var (y, mean, rstd) = data.Forward(device);
                var (dX, dWeight, dBias) = data.Backward(device, residual: true, wantParameters: true);
                return [y, mean, rstd, dX, dWeight, dBias];
            },
            $"{rows} rows of {channels}");
    }

    /// <summary>Rows of whole quads of floats that do not start on a 16-byte address: the GPU's form with single floats.</summary>
    [Test]
    public void ArraysMayStartAnywhere()
    {
        const int rows = 5, channels = 136;
        var data = new Data(rows, channels, 0);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded x = device.Place([0, .. data.X]), weight = device.Place(data.Weight), bias = device.Place(data.Bias);
            using KernelCases.Guarded y = device.Empty(rows * channels), mean = device.Empty(rows), rstd = device.Empty(rows);
            using KernelCases.Guarded dY = device.Place([0, .. data.DY]), dX = device.Empty(rows * channels);
            LayerNorm.Forward(x.Span.Slice(1, rows * channels), weight, bias, rows, channels, Epsilon, y, mean, rstd);
            LayerNorm.Backward(
                dY.Span.Slice(1, rows * channels), x.Span.Slice(1, rows * channels), weight, mean, rstd, rows, channels, default, dX, default, default);
            KernelCases.AssertClose(y.Values(), data.Reference.Y, 4e-6, 4e-6, $"{device} y");
            KernelCases.AssertClose(dX.Values(), data.Reference.Backward(data.DY.ToDoubles()).DX, 4e-6, 2e-6, $"{device} dX");
        }
    }

    [Test]
    public void BitsAreTheSameInsideALane()
    {
        var data = new Data(500, 40, 0);
        using var host = KernelCases.WithThreads(2);
        var shared = data.Backward(host, residual: false, wantParameters: true);
        var lane = new InLane(() => data.Backward(host, residual: false, wantParameters: true).DWeight);
        host.Team.Run(lane, 2);
        Assert.That(lane.Results, Is.All.EqualTo(shared.DWeight));
    }

    [Test]
    public void ReferenceGradientsAgreeWithFiniteDifferences()
    {
        const int rows = 2, channels = 5;
        const double step = 1e-5;
        var data = new Data(rows, channels, 0.3f);
        var (x, weight, bias, dY) = (data.X.ToDoubles(), data.Weight.ToDoubles(), data.Bias.ToDoubles(), data.DY.ToDoubles());
        var (dX, dWeight, dBias) = data.Reference.Backward(dY);
        double Loss() => new LayerNormReference(x, weight, bias, rows, channels, Epsilon).Y.Zip(dY, (a, b) => a * b).Sum();
        foreach (var (values, gradient) in new[] { (x, dX), (weight, dWeight), (bias, dBias) })
        {
            for (var i = 0; i < values.Length; i++)
            {
                var value = values[i];
                values[i] = value + step;
                var above = Loss();
                values[i] = value - step;
                var below = Loss();
                values[i] = value;
                Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * step)).Within(1e-7));
            }
        }
    }

    [Test]
    public void NaNStaysInItsRow()
    {
        var data = new Data(3, 20, 0);
        data.X[25] = float.NaN;
        foreach (var device in KernelCases.Devices)
        {
            var (y, _, _) = data.Forward(device);
            Assert.That(y[..20], Has.None.NaN, $"{device}");
            Assert.That(y[20..40], Is.All.NaN, $"{device}");
            Assert.That(y[40..], Has.None.NaN, $"{device}");
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded six = host.Empty(6), three = host.Empty(3), two = host.Empty(2);
        Assert.That(() => LayerNorm.Forward(six, two, three, 2, 3, Epsilon, six, two, two), Throws.TypeOf<ShapeException>()
            .With.Message.EqualTo("LayerNorm.Forward: weight has 2 elements, expected 3 for [channels]"));
        Assert.That(() => LayerNorm.Forward(six, three, three, 2, 0, Epsilon, six, two, two), Throws.TypeOf<ShapeException>());
        Assert.That(() => LayerNorm.Forward(six, three, three, 2, 3, Epsilon, six, two, three), Throws.TypeOf<ShapeException>());
        Assert.That(() => LayerNorm.Backward(six, six, three, two, two, 2, 3, two, six, default, default), Throws.TypeOf<ShapeException>());
        Assert.That(() => LayerNorm.Backward(six, six, three, two, two, 2, 3, default, six, three, default), Throws.TypeOf<ShapeException>());
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return ones;
    }

    private sealed class InLane(Func<float[]> body) : Simd.ITeamWork
    {
        public float[][] Results { get; } = new float[2][];

        public void Run(int task, int lane) => Results[task] = body();
    }

    private sealed class Data
    {
        private readonly int _rows;
        private readonly int _channels;
        private readonly Lazy<LayerNormReference> _reference;

        public Data(int rows, int channels, float offset)
        {
            (_rows, _channels) = (rows, channels);
            var count = (long)rows * channels;
            X = KernelCases.Values(count, 1).Select(v => offset + 1.7f * v).ToArray();
            Weight = KernelCases.Values(channels, 2).Select(v => 1 + 0.5f * v).ToArray();
            Bias = KernelCases.Values(channels, 3);
            DY = KernelCases.Values(count, 4);
            DResidual = KernelCases.Values(count, 5);
            _reference = new(() => new LayerNormReference(X.ToDoubles(), Weight.ToDoubles(), Bias.ToDoubles(), rows, channels, Epsilon));
        }

        public float[] X { get; }

        public float[] Weight { get; }

        public float[] Bias { get; }

        public float[] DY { get; }

        public float[] DResidual { get; }

        public LayerNormReference Reference => _reference.Value;

        public (float[] Y, float[] Mean, float[] Rstd) Forward(Device device)
        {
            using KernelCases.Guarded x = device.Place(X), weight = device.Place(Weight), bias = device.Place(Bias);
            using KernelCases.Guarded y = device.Empty(X.Length), mean = device.Empty(_rows), rstd = device.Empty(_rows);
            LayerNorm.Forward(x, weight, bias, _rows, _channels, Epsilon, y, mean, rstd);
            return (y.Values(), mean.Values(), rstd.Values());
        }

        public (float[] DX, float[] DWeight, float[] DBias) Backward(Device device, bool residual, bool wantParameters)
        {
            var (_, mean, rstd) = Forward(device);
            using KernelCases.Guarded x = device.Place(X), weight = device.Place(Weight), dY = device.Place(DY), dX = device.Empty(X.Length);
            using KernelCases.Guarded means = device.Place(mean), rstds = device.Place(rstd), dResidual = device.Place(DResidual);
            using KernelCases.Guarded dWeight = device.Place(Ones(_channels)), dBias = device.Place(Ones(_channels));
            LayerNorm.Backward(
                dY, x, weight, means, rstds, _rows, _channels, residual ? dResidual.Span : default, dX,
                wantParameters ? dWeight.Span : default, wantParameters ? dBias.Span : default);
            return (dX.Values(), dWeight.Values(), dBias.Values());
        }
    }
}
