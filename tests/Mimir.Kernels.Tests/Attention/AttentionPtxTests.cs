using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.KernelCases;

namespace Mimir.Kernels.Tests;

/// <summary>What attention's GPU forms owe beyond the contract: one result in every schedule, bounds under the rounding of real tensor cores and
/// approximations, any address, and an undisturbed memory system on aligned heads.</summary>
public class AttentionPtxTests
{
    [TestCase(33, 8, MatrixPrecision.Float32)]
    [TestCase(70, 3, MatrixPrecision.Float32)]
    [TestCase(49, 33, MatrixPrecision.Float32)]
    [TestCase(97, 64, MatrixPrecision.Float32)]
    [TestCase(17, 80, MatrixPrecision.Float32)]
    [TestCase(97, 64, MatrixPrecision.TensorFloat32)]
    [TestCase(97, 64, MatrixPrecision.BFloat16)]
    public void BitsDoNotDependOnSchedules(int tokens, int headSize, MatrixPrecision precision)
    {
        var data = new Data(tokens, heads: 2, headSize);
        KernelInvariants.AssertSchedulesAgree(device => data.Run(device, offset: 0), $"{tokens} tokens, heads of {headSize}, {precision}", precision);
    }

    /// <summary>The sums of two generations of tensor cores, which cut off instead of rounding.</summary>
    [Test]
    public void TensorCoresOfEachGenerationStayWithinTheBounds(
        [Values(MatrixPrecision.TensorFloat32, MatrixPrecision.BFloat16)] MatrixPrecision precision, [Values(MmaModel.Ampere, MmaModel.Hopper)] MmaModel model)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Mma = model, Approximation = ApproximationModel.Worst }, precision);
        var data = new Data(65, heads: 1, 64);
        data.AssertClose(data.Run(device, offset: 0), 4e-6 + 8 * (precision == MatrixPrecision.BFloat16 ? 1.0 / 256 : 1.0 / 2048), device);
    }

    /// <summary>ex2, lg2 and rcp as far off as their documentation allows.</summary>
    [Test]
    public void ApproximationsMayBeAtTheirWorst([Values(8, 33, 64, 80)] int headSize, [Values] ApproximationModel approximation)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Approximation = approximation });
        var data = new Data(35, heads: 2, headSize);
        data.AssertClose(data.Run(device, offset: 0), 4e-6, device);
    }

    /// <summary>A span may start at any float, where 16-byte accesses would fail.</summary>
    [Test]
    public void ArraysMayStartAnywhere([Values(8, 12, 64, 128)] int headSize, [Values] MatrixPrecision precision)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All }, precision);
        var data = new Data(19, heads: 2, headSize);
        data.AssertClose(data.Run(device, offset: 1), 4e-6, device);
        Assert.That(device.Emulator!.Findings.Diagnostics, Is.Empty);
    }

    [Test]
    public void AlignedHeadsMeetNoBankTwiceAndFillTheirSectors(
        [Values(64, 65)] int tokens, [Values(8, 32, 64)] int headSize, [Values] MatrixPrecision precision)
    {
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Counters = true }, precision);
        _ = new Data(tokens, heads: 2, headSize).Run(device, offset: 0);
        var launches = device.Emulator!.Findings.Counters;
        Assert.That(launches, Has.Count.EqualTo(4));
        foreach (var launch in launches)
        {
            Assert.That(launch.Shared.BankConflicts, Is.Zero, launch.Kernel);
            if (tokens % 8 == 0) // the row dots' and log-sum-exps' arrays have whole sectors
                Assert.That(launch.Global.Sectors, Is.EqualTo(launch.Global.IdealSectors), launch.Kernel);
        }
    }

    /// <summary>Inputs of one image, and what float64 makes of them.</summary>
    private sealed class Data
    {
        private readonly int _tokens;
        private readonly int _heads;
        private readonly int _headSize;
        private readonly float[] _qkv;
        private readonly float[] _dY;
        private readonly double[] _y;
        private readonly double[] _logSumExp;
        private readonly double[] _dQkv;

        public Data(int tokens, int heads, int headSize)
        {
            (_tokens, _heads, _headSize) = (tokens, heads, headSize);
            _qkv = Array.ConvertAll(Values(tokens * 3 * heads * headSize, 21), x => 2 * x);
            _dY = Values(tokens * heads * headSize, 22);
            var reference = new AttentionReference(1, tokens, heads, headSize);
            (_y, _logSumExp) = reference.Forward(_qkv.ToDoubles());
            _dQkv = reference.Backward(_dY.ToDoubles(), _qkv.ToDoubles());
        }

        /// <summary>y, logSumExp and dQkv, with the arrays of channels <paramref name="offset"/> floats into their memory.</summary>
        public float[][] Run(Device device, int offset)
        {
            var shift = new float[offset];
            using Guarded qkv = device.Place([.. shift, .. _qkv]), dY = device.Place([.. shift, .. _dY]);
            using Guarded y = device.Empty(_dY.Length + offset), dQkv = device.Empty(_qkv.Length + offset), logSumExp = device.Empty(_heads * _tokens);
            DeviceSpan<float> From(Guarded memory) => memory.Span.Slice(offset, memory.Span.Length - offset);
            Attention.Forward(From(qkv), 1, _tokens, _heads, _headSize, From(y), logSumExp);
            Attention.Backward(From(dY), From(qkv), From(y), logSumExp, 1, _tokens, _heads, _headSize, From(dQkv));
            return [From(y).ToArray(), logSumExp.Values(), From(dQkv).ToArray()];
        }

        /// <summary>Requires results within a bound that is relative to the largest magnitude, or 1.</summary>
        public void AssertClose(float[][] results, double bound, Device device)
        {
            KernelCases.AssertClose(results[0], _y, bound, 4e-6, $"y, {device}");
            KernelCases.AssertClose(results[1], _logSumExp, bound, 1e-6, $"logSumExp, {device}");
            KernelCases.AssertClose(results[2], _dQkv, bound * Math.Max(1, _dQkv.Max(Math.Abs)), 4e-6, $"dQkv, {device}");
        }
    }
}
