using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>What a device that is not the host does at best, by our own kernels on ever larger arrays, until a call is long enough to fill a
/// GPU. (The emulator stops at the first.)</summary>
internal static class GpuPeak
{
    private const double EnoughSeconds = 0.005;
    private const int FirstProduct = 256;
    private const int LargestProduct = 8192;
    private const long FirstElements = 1 << 18;
    private const long LargestElements = 1 << 27;

    /// <summary>Square matrix products at the device's precision, in GFLOP/s.</summary>
    public static double GigaflopsPerSecond(Device device)
    {
        var (best, seconds) = (0.0, 0.0);
        for (var n = FirstProduct; n <= LargestProduct && seconds < EnoughSeconds; n *= 2)
        {
            using var arrays = new CaseArrays(device);
            var (size, elements) = (n, (long)n * n);
            var (a, b, c) = (arrays.Floats(elements), arrays.Floats(elements), arrays.Floats(elements));
            seconds = Measurement.Shortest(device, () => MatMul.NN(a, b, size, size, size, c));
            best = Math.Max(best, 2.0 * n * n * n / seconds / 1e9);
        }

        return best;
    }

    /// <summary>The triad of <see cref="MemoryLevel.Kernel"/>, in 10^9 bytes read and written a second.</summary>
    public static double GigabytesPerSecond(Device device)
    {
        var (best, seconds) = (0.0, 0.0);
        for (var elements = FirstElements; elements <= LargestElements && seconds < EnoughSeconds; elements *= 2)
        {
            using var arrays = new CaseArrays(device);
            var (a, b) = (arrays.Floats(elements), arrays.Floats(elements));
            seconds = Measurement.Shortest(device, () => Elementwise.AddScaled(a, b, 0.5f, a));
            best = Math.Max(best, 3.0 * sizeof(float) * elements / seconds / 1e9); // a and b are read, a is written
        }

        return best;
    }
}
