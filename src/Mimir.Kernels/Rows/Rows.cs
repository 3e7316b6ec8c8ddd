using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>What attacks that keep an image a row do to each row by itself: choose it, measure it, pull it towards another. All arrays are
/// contiguous float32 [rows, values]; no rows is a no-op.
/// <para>Errors: <see cref="ShapeException"/> if a span has another length.</para></summary>
public static partial class Rows
{
    /// <summary>destination row = source row where it is chosen, bit for bit; the other rows stay as they are.</summary>
    /// <param name="chosen">[rows]; any value but 0 chooses a row.</param>
    /// <param name="source">[rows, values].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="values">Values of a row.</param>
    /// <param name="destination">[rows, values].</param>
    public static void Select(DeviceSpan<int> chosen, DeviceSpan<float> source, int rows, int values, DeviceSpan<float> destination)
    {
        const string entry = "Rows.Select";
        var elements = Elements(entry, rows, values);
        Contract.Elements(chosen, rows, entry, "chosen", "[rows]");
        Contract.Elements(source, elements, entry, "source", "[rows, values]");
        Contract.Elements(destination, elements, entry, "destination", "[rows, values]");
        if (elements == 0)
            return;
        using var scope = KernelScope.Enter(destination.Device, entry, 0, 8.0 * elements, new(rows, values));
        if (PtxDevice.Is(destination, out var gpu))
            SelectOnPtx(gpu, chosen, source, rows, values, destination);
        else
            SelectOnHost(HostDevice.Of(destination, entry), chosen, source, rows, values, destination);
    }

    /// <summary>distances[r] = ‖a[r] − b[r]‖: the L∞ norm, with the same bits on every device, or the L2 norm, summed in an order that the row's
    /// length and the device's width fix. A difference that is NaN or infinite makes its row's distance NaN in L∞; in L2 it stays what it is.</summary>
    /// <param name="linf">The L∞ norm, else L2.</param>
    /// <param name="a">[rows, values].</param>
    /// <param name="b">[rows, values]; empty stands for zeros, so that the norms of a are measured.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="values">Values of a row, at least 1 unless there are no rows.</param>
    /// <param name="distances">[rows], overwritten.</param>
    public static void Distances(bool linf, DeviceSpan<float> a, DeviceSpan<float> b, int rows, int values, DeviceSpan<float> distances)
    {
        const string entry = "Rows.Distances";
        var elements = Elements(entry, rows, values);
        Contract.Require(rows == 0 || values > 0, entry, "values must be at least 1");
        Contract.Elements(a, elements, entry, "a", "[rows, values]");
        Contract.ElementsOrEmpty(b, elements, entry, "b", "[rows, values]");
        Contract.Elements(distances, rows, entry, "distances", "[rows]");
        if (elements == 0)
            return;
        var arrays = b.IsEmpty ? 1 : 2;
        using var scope = KernelScope.Enter(
            distances.Device, entry, (1.0 + arrays) * elements, 4.0 * arrays * elements, new(rows, values, Form: linf ? "Linf" : "L2"));
        if (PtxDevice.Is(distances, out var gpu))
            DistancesOnPtx(gpu, linf, a, b, rows, values, distances);
        else
            DistancesOnHost(HostDevice.Of(distances, entry), linf, a, b, rows, values, distances);
    }

    /// <summary>norms[r] = Σ |a[r]|, the L1 norm, summed in an order that the row's length and the device's width fix.</summary>
    /// <param name="a">[rows, values].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="values">Values of a row.</param>
    /// <param name="norms">[rows], overwritten.</param>
    public static void L1Norms(DeviceSpan<float> a, int rows, int values, DeviceSpan<float> norms)
    {
        const string entry = "Rows.L1Norms";
        var elements = Elements(entry, rows, values);
        Contract.Elements(a, elements, entry, "a", "[rows, values]");
        Contract.Elements(norms, rows, entry, "norms", "[rows]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(norms.Device, entry, 2.0 * elements, 4.0 * elements, new(rows, values));
        if (PtxDevice.Is(norms, out var gpu))
            L1NormsOnPtx(gpu, a, rows, values, norms);
        else
            L1NormsOnHost(HostDevice.Of(norms, entry), a, rows, values, norms);
    }

    /// <summary>points = center + f·(points − center), with the row's factor f and one rounding behind the difference, so that all devices give
    /// the same bits. A row with f = 1 keeps its bits.</summary>
    /// <param name="center">[rows, values].</param>
    /// <param name="factors">f [rows].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="values">Values of a row.</param>
    /// <param name="points">[rows, values], read and overwritten.</param>
    public static void Blend(DeviceSpan<float> center, DeviceSpan<float> factors, int rows, int values, DeviceSpan<float> points)
    {
        const string entry = "Rows.Blend";
        var elements = Elements(entry, rows, values);
        Contract.Elements(center, elements, entry, "center", "[rows, values]");
        Contract.Elements(factors, rows, entry, "factors", "[rows]");
        Contract.Elements(points, elements, entry, "points", "[rows, values]");
        if (elements == 0)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 3.0 * elements, 12.0 * elements, new(rows, values));
        if (PtxDevice.Is(points, out var gpu))
            BlendOnPtx(gpu, center, factors, rows, values, points);
        else
            BlendOnHost(HostDevice.Of(points, entry), center, factors, rows, values, points);
    }

    private static long Elements(string entry, int rows, int values)
    {
        Contract.Require(rows >= 0 && values >= 0, entry, "sizes must not be negative");
        return (long)rows * values;
    }
}
