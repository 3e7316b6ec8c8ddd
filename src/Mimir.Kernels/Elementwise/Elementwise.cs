using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Sums, products and copies of whole arrays. All arrays are contiguous float32. The result y may be one of the
/// operands; arrays that overlap in part are not allowed. Zero elements are a no-op. Every result is rounded once, so all devices give the
/// same bits.</summary>
public static partial class Elementwise
{
    /// <summary>y = a + b.</summary>
    /// <param name="a">Any number of elements.</param>
    /// <param name="b">As many.</param>
    /// <param name="y">As many, overwritten; may be a or b.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.Add";
        Contract.Elements(b, a.Length, entry, "b", "the elements of a");
        Contract.Elements(y, a.Length, entry, "y", "the elements of a");
        if (a.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, a.Length, 12.0 * a.Length, new(a.Length));
        if (PtxDevice.Is(y, out var gpu))
            AddScaledOnPtx(gpu, a, b, 1, y);
        else
            AddOnHost(HostDevice.Of(y, entry), a, b, y);
    }

    /// <summary>y = factor · x.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="y">As many elements as x, overwritten; may be x.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void Scale(DeviceSpan<float> x, float factor, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.Scale";
        Contract.Elements(y, x.Length, entry, "y", "the elements of x");
        if (x.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, x.Length, 8.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(y, out var gpu))
            ScaleOnPtx(gpu, x, factor, y);
        else
            ScaleOnHost(HostDevice.Of(y, entry), x, factor, y);
    }

    /// <summary>y = a + factor · b, with one rounding.</summary>
    /// <param name="a">Any number of elements.</param>
    /// <param name="b">As many.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="y">As many, overwritten; may be a or b.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void AddScaled(DeviceSpan<float> a, DeviceSpan<float> b, float factor, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.AddScaled";
        Contract.Elements(b, a.Length, entry, "b", "the elements of a");
        Contract.Elements(y, a.Length, entry, "y", "the elements of a");
        if (a.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 2.0 * a.Length, 12.0 * a.Length, new(a.Length));
        if (PtxDevice.Is(y, out var gpu))
            AddScaledOnPtx(gpu, a, b, factor, y);
        else
            AddScaledOnHost(HostDevice.Of(y, entry), a, b, factor, y);
    }

    /// <summary>y = value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <param name="y">Any number of elements, overwritten.</param>
    public static void Fill(float value, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.Fill";
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 0, 4.0 * y.Length, new(y.Length));
        if (PtxDevice.Is(y, out var gpu))
            FillOnPtx(gpu, value, y);
        else
            FillOnHost(HostDevice.Of(y, entry), value, y);
    }

    /// <summary>y[r, c] = x[r, c] · scale[r / rowsPerScale]: stochastic depth scales whole samples so, rows being their tokens.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="scale">[rows / rowsPerScale].</param>
    /// <param name="rowsPerScale">Consecutive rows that share a factor, at least 1.</param>
    /// <param name="columns">Row length, at least 1.</param>
    /// <param name="y">[rows, columns], overwritten; may be x.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, or x is not a whole number of scaled row groups.</exception>
    public static void ScaleRows(DeviceSpan<float> x, DeviceSpan<float> scale, int rowsPerScale, int columns, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.ScaleRows";
        Contract.Require(columns > 0 && rowsPerScale > 0, entry, "columns and rowsPerScale must be at least 1");
        Contract.Elements(x, scale.Length * rowsPerScale * columns, entry, "x", "[scales · rowsPerScale, columns]");
        Contract.Elements(y, x.Length, entry, "y", "the elements of x");
        if (x.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, x.Length, 8.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(y, out var gpu))
            ScaleRowsOnPtx(gpu, x, scale, (long)rowsPerScale * columns, y);
        else
            ScaleRowsOnHost(HostDevice.Of(y, entry), x, scale, (long)rowsPerScale * columns, y);
    }

    /// <summary>y = x, bit for bit.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="y">As many, overwritten.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void Copy(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        const string entry = "Elementwise.Copy";
        Contract.Elements(y, x.Length, entry, "y", "the elements of x");
        if (x.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 0, 8.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(y, out var gpu))
            CopyOnPtx(gpu, x, y);
        else
            CopyOnHost(HostDevice.Of(y, entry), x, y);
    }
}
