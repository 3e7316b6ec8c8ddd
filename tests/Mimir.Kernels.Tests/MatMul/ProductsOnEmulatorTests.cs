using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests;

/// <summary>The products of every precision on the emulator, with all checks, beyond what all devices go through: how tensor cores round, orders
/// in which warps may run, large tiles, and what the memory has to do.</summary>
public class ProductsOnEmulatorTests
{
    /// <summary>As real tensor cores sum: aligned to the largest term and cut off.</summary>
    [Test]
    public void ProductsAsTensorCoresRound(
        [Values(MatrixPrecision.TensorFloat32, MatrixPrecision.BFloat16)] MatrixPrecision precision,
        [Values(MmaModel.Ampere, MmaModel.Hopper)] MmaModel model)
    {
        using var device = Open(precision, new EmulatorOptions { Mma = model });
        MatMulTests.CheckProducts(device, 65, 63, 300);
        LinearLayerTests.CheckBackwardWeight(device, 700, 20, 33);
    }

    /// <summary>Whatever order the warps run in, and when copies arrive.</summary>
    [Test]
    public void AnyScheduleGivesTheSame(
        [Values] MatrixPrecision precision, [Values(WarpSchedule.Random, WarpSchedule.Adversarial)] WarpSchedule schedule)
    {
        var copies = schedule == WarpSchedule.Random ? AsyncCopyModel.Eager : AsyncCopyModel.Lazy;
        var inOrder = Results(precision, new EmulatorOptions());
        var shuffled = Results(precision, new EmulatorOptions { Schedule = schedule, Seed = 3, AsyncCopy = copies });
        Assert.That(shuffled, Is.EqualTo(inOrder));
    }

    /// <summary>Products with enough tiles for the largest ones, whole and ragged.</summary>
    [TestCase(MatrixPrecision.Float32, 6912, 64, 8)]
    [TestCase(MatrixPrecision.TensorFloat32, 13_824, 128, 8)]
    [TestCase(MatrixPrecision.BFloat16, 13_821, 127, 9)]
    public void LargeTiles(MatrixPrecision precision, int m, int n, int k)
    {
        using var device = Open(precision);
        MatMulTests.CheckProducts(device, m, n, k);
    }

    /// <summary>A factor that is not finite shows in every sum that it is in: the rounding to tf32 and bf16 must not lose it.</summary>
    [Test]
    public void NotFiniteFactorsAreKept([Values] MatrixPrecision precision)
    {
        const int Size = 33;
        using var device = Open(precision);
        foreach (var bits in new[] { 0x7FFFFFFFu, 0xFFC00000u, 0x7F800001u, 0x7F800000u, 0xFF800000u })
        {
            var special = BitConverter.UInt32BitsToSingle(bits);
            var values = KernelCases.Values(Size * Size, 1);
            Array.Fill(values, 1f, 5 * Size, Size);
            values[5 * Size + 7] = special;
            using var a = device.Place(values);
            using var ones = device.Place([.. Enumerable.Repeat(1f, Size * Size)]);
            using var c = device.Empty(Size * Size);
            MatMul.NN(a, ones, Size, Size, Size, c);
            var row = c.Values().AsSpan(5 * Size, Size);
            foreach (var value in row)
                Assert.That(value, float.IsNaN(special) ? Is.NaN : Is.EqualTo(special), $"{bits:X8}");
        }
    }

    /// <summary>Where rows begin on 16-byte addresses, no access meets a bank twice and every sector that is touched is wanted whole. The last
    /// product is cut into slices.</summary>
    [Test]
    public void AlignedProductsAreCoalescedAndMeetNoBankTwice([Values] MatrixPrecision precision)
    {
        const int Rows = 128, Outputs = 96, Inputs = 64, Narrow = 64, Deep = 2048;
        using var device = Open(precision, new EmulatorOptions { Counters = true });
        using var x = device.Place(KernelCases.Values(Rows * Inputs, 1));
        using var weight = device.Place(KernelCases.Values(Outputs * Inputs, 2));
        using var bias = device.Place(KernelCases.Values(Outputs, 3));
        using var y = device.Place(KernelCases.Values(Rows * Outputs, 4));
        using var derivative = device.Empty(Rows * Outputs);
        using var dX = device.Empty(Rows * Inputs);
        using var packed = new PackedWeight(device, Outputs, Inputs);
        packed.Pack(weight);
        MatMul.Forward(x, packed, Rows, new LinearEpilogue { Bias = bias, Gelu = true, Derivative = derivative, Residual = y }, y);
        MatMul.BackwardInput(y, packed, Rows, x, false, dX);
        MatMul.BackwardWeight(y, x, Rows, Outputs, Inputs, weight, bias);
        using var slab = device.Place(KernelCases.Values(Narrow * Deep, 5));
        using var square = device.Empty(Narrow * Narrow);
        MatMul.TN(slab, slab, Narrow, Narrow, Deep, square);

        var counters = device.Emulator!.Findings.Counters;
        Assert.That(counters.Select(kernel => kernel.Kernel), Has.Some.EqualTo("matmul_add_slices_f32"));
        foreach (var kernel in counters)
        {
            Assert.That(kernel.Shared.BankConflicts, Is.Zero, kernel.Kernel);
            Assert.That(kernel.Global.Sectors, Is.EqualTo(kernel.Global.IdealSectors), kernel.Kernel);
            Assert.That(kernel.Global.Efficiency, Is.EqualTo(1), kernel.Kernel);
            Assert.That(kernel.LocalBytes, Is.Zero, kernel.Kernel);
        }
    }

    private static float[] Results(MatrixPrecision precision, EmulatorOptions options)
    {
        const int Rows = 150, Outputs = 68, Inputs = 70;
        using var device = Open(precision, options);
        using var x = device.Place(KernelCases.Values(Rows * Inputs, 1));
        using var weight = device.Place(KernelCases.Values(Outputs * Inputs, 2));
        using var bias = device.Place(KernelCases.Values(Outputs, 3));
        using var y = device.Empty(Rows * Outputs);
        using var dX = device.Empty(Rows * Inputs);
        using var packed = new PackedWeight(device, Outputs, Inputs);
        packed.Pack(weight);
        MatMul.Forward(x, packed, Rows, new LinearEpilogue { Bias = bias, Gelu = true }, y);
        MatMul.BackwardInput(y, packed, Rows, x, false, dX);
        MatMul.BackwardWeight(y, x, Rows, Outputs, Inputs, weight, bias);
        return [.. y.Values(), .. dX.Values(), .. weight.Values(), .. bias.Values()];
    }

    private static PtxDevice Open(MatrixPrecision precision, EmulatorOptions? options = null) =>
        PtxDevice.OpenEmulator((options ?? new EmulatorOptions()) with { Checks = EmulatorChecks.All }, precision);
}
