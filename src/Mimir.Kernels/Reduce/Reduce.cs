using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Reductions of whole arrays to one number. The order of every sum is fixed by the array's length and the SIMD width,
/// never by the number of threads: same length, same width, same bits. On a GPU the length alone fixes it: runs of 4 elements are summed in
/// float32, the runs in float64. A result is read back, so the call waits for the device.</summary>
public static partial class Reduce
{
    /// <summary>Σ x. Runs of 4096 elements are summed in float32 lanes, the runs in float64. Relative to Σ|x| the error is
    /// below 1e-5 at every width, 1e-6 with vectors.</summary>
    /// <param name="x">Any number of elements; none give 0.</param>
    public static double Sum(DeviceSpan<float> x)
    {
        const string entry = "Reduce.Sum";
        if (x.IsEmpty)
            return 0;
        using var scope = KernelScope.Enter(x.Device, entry, x.Length, 4.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(x, out var gpu))
            return SumOnPtx(gpu, x);
        return SumOnHost(HostDevice.Of(x, entry), x);
    }

    /// <summary>Σ x². As <see cref="Sum"/>.</summary>
    /// <param name="x">Any number of elements; none give 0. A value beyond 1.8e19 overflows to +∞.</param>
    public static double SumOfSquares(DeviceSpan<float> x) => SumOfSquares([x]);

    /// <summary>Σ x² of x = (x₀ + x₁) + x₂ …, a sum of arrays that is never stored: the bits that <see cref="AddInto"/> in order and
    /// <see cref="SumOfSquares(DeviceSpan{float})"/> give.</summary>
    /// <param name="terms">x₀, x₁, …: 1 to <see cref="AdamW.MostGradients"/>, of equal length.</param>
    /// <exception cref="ShapeException">There are none or too many, or the lengths differ.</exception>
    public static double SumOfSquares(ReadOnlySpan<DeviceSpan<float>> terms)
    {
        const string entry = "Reduce.SumOfSquares";
        if (terms.Length is < 1 or > AdamW.MostGradients)
            throw new ShapeException($"{entry}: {terms.Length} terms, expected 1 to {AdamW.MostGradients}");
        var length = terms[0].Length;
        foreach (var term in terms)
            Contract.Elements(term, length, entry, "terms", "the length of the first");
        if (length == 0)
            return 0;
        using var scope = KernelScope.Enter(
            terms[0].Device, entry, (1.0 + terms.Length) * length, 4.0 * terms.Length * length, new(length, terms.Length));
        if (PtxDevice.Is(terms[0], out var gpu))
            return SumOfSquaresOnPtx(gpu, terms);
        return SumOfSquaresOnHost(HostDevice.Of(terms[0], entry), terms);
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    /// <param name="x">Any number of elements; none give true.</param>
    public static bool AllFinite(DeviceSpan<float> x)
    {
        const string entry = "Reduce.AllFinite";
        if (x.IsEmpty)
            return true;
        using var scope = KernelScope.Enter(x.Device, entry, 0, 4.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(x, out var gpu))
            return AllFiniteOnPtx(gpu, x);
        return AllFiniteOnHost(HostDevice.Of(x, entry), x);
    }

    /// <summary>How many elements are zero (of either sign) or NaN: for an attack's gradient, the pixels it leaves where they are.</summary>
    /// <param name="x">Any number of elements.</param>
    public static long CountZeros(DeviceSpan<float> x)
    {
        const string entry = "Reduce.CountZeros";
        if (x.IsEmpty)
            return 0;
        using var scope = KernelScope.Enter(x.Device, entry, 0, 4.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(x, out var gpu))
            return CountZerosOnPtx(gpu, x);
        return CountZerosOnHost(HostDevice.Of(x, entry), x);
    }

    /// <summary>destination += source: gradients of micro-batches are combined so, in a fixed order.</summary>
    /// <param name="source">Any number of elements.</param>
    /// <param name="destination">As many, accumulated.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void AddInto(DeviceSpan<float> source, DeviceSpan<float> destination)
    {
        const string entry = "Reduce.AddInto";
        Contract.Elements(destination, source.Length, entry, "destination", "the elements of source");
        if (source.IsEmpty)
            return;
        using var scope = KernelScope.Enter(destination.Device, entry, source.Length, 12.0 * source.Length, new(source.Length));
        if (PtxDevice.Is(destination, out var gpu))
            Elementwise.AddScaledOnPtx(gpu, source, destination, 1, destination);
        else
            Elementwise.AddOnHost(HostDevice.Of(destination, entry), source, destination, destination);
    }
}
