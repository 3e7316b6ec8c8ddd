using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests;

/// <summary>The three products of a linear layer.</summary>
public class LinearLayerTests
{
    private static readonly (int Rows, int Outputs, int Inputs)[] s_shapes =
    [
        (1, 1, 1), (2, 3, 5), (4, 10, 7), (6, 16, 8), (8, 33, 31), (12, 32, 48), (14, 48, 13), (26, 67, 17), (10, 17, 411), (3, 411, 9),
        (402, 13, 19), (13, 35, 1601), (13, 1601, 35), (25, 1024, 33), (14, 33, 2048), // deep enough for slices; rows whole pages apart
    ];

    /// <summary>Every part of the epilogue, alone and together.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void Forward(Device device)
    {
        foreach (var (rows, outputs, inputs) in s_shapes)
            CheckForward(device, rows, outputs, inputs);
    }

    /// <summary>Gradient of the input, with and without the factor, overwriting and adding.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void BackwardInput(Device device)
    {
        foreach (var (rows, outputs, inputs) in s_shapes)
            CheckBackwardInput(device, rows, outputs, inputs);
    }

    /// <summary>Gradients of weight and bias, always added to.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void BackwardWeight(Device device)
    {
        foreach (var (rows, outputs, inputs) in s_shapes)
            CheckBackwardWeight(device, rows, outputs, inputs);
    }

    /// <summary>The number of threads changes no bit, and a lane of the team computes the same as the team.</summary>
    [Test]
    public void SameBitsWithAnyNumberOfThreads()
    {
        const int Rows = 403, Outputs = 83, Inputs = 101;
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var host = KernelCases.WithThreads(threads);
            using var x = host.Place(KernelCases.Values(Rows * Inputs, 1));
            using var weight = host.Place(KernelCases.Values(Outputs * Inputs, 2));
            using var bias = host.Place(KernelCases.Values(Outputs, 3));
            using var y = host.Empty(Rows * Outputs);
            using var dX = host.Empty(Rows * Inputs);
            using var packed = new PackedWeight(host, Outputs, Inputs);
            packed.Pack(weight);
            MatMul.Forward(x, packed, Rows, new LinearEpilogue { Bias = bias, Gelu = true }, y);
            MatMul.BackwardInput(y, packed, Rows, x, false, dX);
            MatMul.BackwardWeight(y, x, Rows, Outputs, Inputs, weight, bias);
            results.Add([.. y.Values(), .. dX.Values(), .. weight.Values(), .. bias.Values()]);
        }

        Assert.That(results[1], Is.EqualTo(results[0]));
        Assert.That(results[2], Is.EqualTo(results[0]));
    }

    /// <summary>No rows, no work, no device needed.</summary>
    [Test]
    public void NoRowsIsANoOp()
    {
        using var packed = new PackedWeight(KernelCases.Hosts[^1], 3, 5);
        Assert.That(() => MatMul.Forward(default, packed, 0, default, default), Throws.Nothing);
        Assert.That(() => MatMul.BackwardInput(default, packed, 0, default, false, default), Throws.Nothing);
        using var weight = KernelCases.Hosts[^1].Empty(15);
        Assert.That(() => MatMul.BackwardWeight(default, default, 0, 3, 5, weight, default), Throws.Nothing);
    }

    /// <summary>Contradictory arguments are refused.</summary>
    [Test]
    public void WrongArgumentsAreRefused()
    {
        var host = KernelCases.Hosts[^1];
        using var packed = new PackedWeight(host, 2, 3);
        using var six = host.Place(new float[6]);
        using var four = host.Place(new float[4]);
        using var three = host.Place(new float[3]);
        Assert.That(() => MatMul.Forward(six, packed, 2, default, four), Throws.InvalidOperationException, "never packed");
        packed.Pack(six);
        Assert.That(() => packed.Pack(four), Throws.TypeOf<ShapeException>());
        Assert.That(() => new PackedWeight(host, 0, 3), Throws.TypeOf<ShapeException>());
        Assert.That(() => MatMul.Forward(six, packed, 2, new LinearEpilogue { Bias = three }, four), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => MatMul.Forward(six, packed, 2, new LinearEpilogue { Derivative = four }, four), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => MatMul.Forward(six, packed, 2, new LinearEpilogue { RowScale = three, RowsPerScale = 1 }, four),
            Throws.TypeOf<ShapeException>());
        Assert.That(() => MatMul.Forward(six, packed, 2, new LinearEpilogue { RowScale = three }, four), Throws.TypeOf<ShapeException>());
        Assert.That(() => MatMul.BackwardInput(four, packed, 2, four, false, six), Throws.TypeOf<ShapeException>());
        Assert.That(() => MatMul.BackwardWeight(four, six, 2, 2, 3, six, three), Throws.TypeOf<ShapeException>());
    }

    /// <summary>A packed weight keeps the values it was given.</summary>
    [TestCase(1, 1)]
    [TestCase(32, 32)]
    [TestCase(48, 40)]
    [TestCase(67, 129)]
    [TestCase(130, 31)]
    public void PanelsHoldEveryWeightAndZerosBehind(int outputs, int inputs)
    {
        var values = KernelCases.Values((long)outputs * inputs, 1);
        foreach (var host in KernelCases.Hosts)
        {
            using var weight = host.Place(values);
            using var packed = new PackedWeight(host, outputs, inputs);
            packed.Pack(weight);
            var width = ProductBlocking.TileColumns((int)host.Width / 32);
            AssertPanels(packed.ForwardPanels.ToArray(), inputs, outputs, (k, n) => values[n * inputs + k], $"forward {host.Width}");
            AssertPanels(packed.BackwardPanels.ToArray(), outputs, inputs, (k, n) => values[k * inputs + n], $"backward {host.Width}");

            void AssertPanels(float[] panels, int depth, int columns, Func<int, int, float> element, string what)
            {
                var expected = new float[(columns + width - 1) / width * width * depth];
                for (var n = 0; n < columns; n++)
                for (var k = 0; k < depth; k++)
                    expected[n / width * width * depth + k * width + n % width] = element(k, n);
                Assert.That(panels.AsSpan().SequenceEqual(expected), what);
            }
        }
    }

    [Test]
    public void PackingCopies()
    {
        var host = KernelCases.Hosts[^1];
        using var weight = host.Place([1, 2, 3, 4, 5, 6]);
        using var x = host.Place([1, 1, 1]);
        using var y = host.Empty(2);
        using var packed = new PackedWeight(host, 2, 3);
        packed.Pack(weight);
        weight.Span.Clear();
        MatMul.Forward(x, packed, 1, default, y);
        Assert.That(y.Values(), Is.EqualTo(new float[] { 6, 15 }));
    }

    /// <summary>A GPU reads a weight as it lies: packing there only remembers where that is.</summary>
    [Test]
    public void PackingOnAGpuDoesNotCopy()
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var weight = device.Place([1, 2, 3, 4, 5, 6]);
        using var x = device.Place([1, 1, 1]);
        using var y = device.Empty(2);
        using var packed = new PackedWeight(device, 2, 3);
        Assert.That(() => MatMul.Forward(x, packed, 1, default, y), Throws.InvalidOperationException, "never packed");
        packed.Pack(weight);
        weight.Span.CopyFrom([1, 1, 1, 2, 2, 2]);
        MatMul.Forward(x, packed, 1, default, y);
        Assert.That(y.Values(), Is.EqualTo(new float[] { 3, 6 }));
    }

    /// <summary>A training step's calls leave nothing for the garbage collector.</summary>
    [Test]
    public void CallsDoNotAllocate()
    {
        const int Rows = 30, Outputs = 40, Inputs = 50;
        using var host = KernelCases.WithThreads(1);
        using var x = host.Place(KernelCases.Values(Rows * Inputs, 1));
        using var weight = host.Place(KernelCases.Values(Outputs * Inputs, 2));
        using var y = host.Empty(Rows * Outputs);
        using var packed = new PackedWeight(host, Outputs, Inputs);
        var allocated = 0L;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            packed.Pack(weight);
            MatMul.Forward(x, packed, Rows, new LinearEpilogue { Gelu = true }, y);
            MatMul.BackwardInput(y, packed, Rows, x, false, x);
            MatMul.BackwardWeight(y, x, Rows, Outputs, Inputs, weight, default);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(allocated, Is.Zero);
    }

    [Flags]
    private enum Parts
    {
        None = 0,
        Bias = 1,
        Gelu = 2,
        Derivative = 4,
        RowScale = 8,
        Residual = 16,
    }

    private const Parts AllParts = (Parts)31;

    private static void CheckForward(Device device, int rows, int outputs, int inputs)
    {
        for (var parts = Parts.None; parts <= AllParts; parts++)
        {
            if (parts is Parts.None or AllParts || !IsLong(device, rows, outputs, inputs))
                CheckForward(device, rows, outputs, inputs, parts);
        }
    }

    // What takes the emulator longer than a few tiles or slabs goes there once with all parts and once with none.
    private static bool IsLong(Device device, long rows, long outputs, long inputs) =>
        device is not HostDevice && (rows + 63) / 64 * ((outputs + 63) / 64) * ((inputs + 31) / 32) > 6;

    private static void CheckForward(Device device, int rows, int outputs, int inputs, Parts parts)
    {
        if (parts.HasFlag(Parts.Derivative) && !parts.HasFlag(Parts.Gelu))
            return;
        var rowsPerScale = rows % 2 == 0 ? 2 : 1;
        var (x, weight) = (KernelCases.Values(rows * inputs, 1), KernelCases.Values(outputs * inputs, 2));
        var (bias, scale) = (KernelCases.Values(outputs, 3), KernelCases.Values(rows / rowsPerScale, 4));
        var start = KernelCases.Values(rows * outputs, 5);
        using var xs = device.Place(x);
        using var weights = device.Place(weight);
        using var biases = device.Place(bias);
        using var scales = device.Place(scale);
        using var y = device.Place(start); // the residual, in place
        using var derivative = device.Empty(rows * outputs);
        using var packed = new PackedWeight(device, outputs, inputs);
        packed.Pack(weights);
        var epilogue = new LinearEpilogue
        {
            Bias = parts.HasFlag(Parts.Bias) ? biases : default(DeviceSpan<float>),
            Gelu = parts.HasFlag(Parts.Gelu),
            Derivative = parts.HasFlag(Parts.Derivative) ? derivative : default(DeviceSpan<float>),
            RowScale = parts.HasFlag(Parts.RowScale) ? scales : default(DeviceSpan<float>),
            RowsPerScale = rowsPerScale,
            Residual = parts.HasFlag(Parts.Residual) ? y : default(DeviceSpan<float>),
        };
        MatMul.Forward(xs, packed, rows, epilogue, y);

        var expected = MatMulReference.Product(Rounded(device, x), false, Rounded(device, weight), true, rows, outputs, inputs);
        var slopes = new double[expected.Length];
        for (var i = 0; i < expected.Length; i++)
        {
            if (parts.HasFlag(Parts.Bias))
                expected[i] += bias[i % outputs];
            slopes[i] = MatMulReference.GeluDerivative(expected[i]);
            if (parts.HasFlag(Parts.Gelu))
                expected[i] = MatMulReference.Gelu(expected[i]);
            if (parts.HasFlag(Parts.RowScale))
                expected[i] *= scale[i / outputs / rowsPerScale];
            if (parts.HasFlag(Parts.Residual))
                expected[i] += start[i];
        }

        var what = $"{rows} x {outputs} x {inputs}, {device}, {parts}";
        KernelCases.AssertClose(y.Values(), expected, 2 * MatMulReference.Bound(inputs, device.Precision), 1e-6, what);
        if (parts.HasFlag(Parts.Derivative))
            KernelCases.AssertClose(derivative.Values(), slopes, 2 * MatMulReference.Bound(inputs, device.Precision), 1e-6, what); // |gelu''| stays below 0.8
    }

    private static void CheckBackwardInput(Device device, int rows, int outputs, int inputs)
    {
        foreach (var withFactor in new[] { false, true })
        {
            foreach (var accumulate in new[] { false, true })
            {
                if (withFactor != accumulate || !IsLong(device, rows, inputs, outputs))
                    CheckBackwardInput(device, rows, outputs, inputs, withFactor, accumulate);
            }
        }
    }

    /// <summary>The gradients of the weight, with the bias and without.</summary>
    internal static void CheckBackwardWeight(Device device, int rows, int outputs, int inputs)
    {
        foreach (var withBias in new[] { false, true })
            CheckBackwardWeight(device, rows, outputs, inputs, withBias);
    }

    private static void CheckBackwardInput(Device device, int rows, int outputs, int inputs, bool withFactor, bool accumulate)
    {
        var (dY, weight) = (KernelCases.Values(rows * outputs, 1), KernelCases.Values(outputs * inputs, 2));
        var (start, factor) = (KernelCases.Values(rows * inputs, 3), KernelCases.Values(rows * inputs, 4));
        using var dYs = device.Place(dY);
        using var weights = device.Place(weight);
        using var factors = device.Place(factor);
        using var dX = device.Place(start);
        using var packed = new PackedWeight(device, outputs, inputs);
        packed.Pack(weights);
        MatMul.BackwardInput(dYs, packed, rows, withFactor ? factors : default(DeviceSpan<float>), accumulate, dX);

        var expected = MatMulReference.Product(Rounded(device, dY), false, Rounded(device, weight), false, rows, inputs, outputs);
        for (var i = 0; i < expected.Length; i++)
        {
            if (withFactor)
                expected[i] *= factor[i];
            if (accumulate)
                expected[i] += start[i];
        }

        var what = $"{rows} x {outputs} x {inputs}, {device}, factor {withFactor}, accumulate {accumulate}";
        KernelCases.AssertClose(dX.Values(), expected, 2 * MatMulReference.Bound(outputs, device.Precision), 1e-6, what);
        if (withFactor && !accumulate)
        {
            MatMul.BackwardInput(dYs, packed, rows, factors, false, factors);
            Assert.That(factors.Values(), Is.EqualTo(dX.Values()), $"{what}, in place");
        }
    }

    private static void CheckBackwardWeight(Device device, int rows, int outputs, int inputs, bool withBias)
    {
        var (dY, x) = (KernelCases.Values(rows * outputs, 1), KernelCases.Values(rows * inputs, 2));
        var (weight, bias) = (KernelCases.Values(outputs * inputs, 3), KernelCases.Values(outputs, 4));
        using var dYs = device.Place(dY);
        using var xs = device.Place(x);
        using var dWeight = device.Place(weight);
        using var dBias = device.Place(bias);
        MatMul.BackwardWeight(dYs, xs, rows, outputs, inputs, dWeight, withBias ? dBias : default(DeviceSpan<float>));

        var expected = MatMulReference.Product(Rounded(device, dY), true, Rounded(device, x), false, outputs, inputs, rows);
        for (var i = 0; i < expected.Length; i++)
            expected[i] += weight[i];
        var sums = new double[outputs];
        for (var i = 0; i < outputs; i++)
            sums[i] = bias[i] + (withBias ? Enumerable.Range(0, rows).Sum(r => (double)dY[r * outputs + i]) : 0);
        var what = $"{rows} x {outputs} x {inputs}, {device}, bias {withBias}";
        KernelCases.AssertClose(dWeight.Values(), expected, MatMulReference.Bound(rows, device.Precision), 1e-6, what);
        KernelCases.AssertClose(dBias.Values(), sums, MatMulReference.Bound(rows), 1e-6, what);
    }

    private static float[] Rounded(Device device, float[] values) => MatMulReference.Rounded(values, device.Precision);
}
