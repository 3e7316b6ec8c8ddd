using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>How fast the emulator is.</summary>
public static class EmulatorSpeed
{
    private const int Size = 192;
    private const int Runs = 3;

    /// <summary>Lane instructions a second of an fp32 matrix product, the best of a few runs.</summary>
    /// <param name="device">An emulator.</param>
    /// <exception cref="ArgumentException">The device is no emulator.</exception>
    public static double InstructionsPerSecond(Device device)
    {
        var findings = (device as PtxDevice)?.Emulator?.Findings ?? throw new ArgumentException($"{device.Id} is no emulator", nameof(device));
        using var arrays = new CaseArrays(device);
        const long elements = (long)Size * Size;
        var (a, b, c) = (arrays.Floats(elements), arrays.Floats(elements), arrays.Floats(elements));
        var best = 0.0;
        for (var run = 0; run < Runs; run++)
        {
            findings.Clear();
            MatMul.NN(a, b, Size, Size, Size, c);
            device.Synchronise();
            best = Math.Max(best, findings.Instructions / findings.Seconds);
        }

        return best;
    }
}
