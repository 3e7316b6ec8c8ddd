using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>GELU, y = x·Φ(x) with the normal distribution function Φ, in its exact form (Hendrycks and Gimpel 2016,
/// arXiv:1606.08415). Arrays are contiguous float32 of any length; zero elements are a no-op. NaN gives NaN.</summary>
public static partial class Gelu
{
    /// <summary>y = x·Φ(x). Error on the host at most 3.5 ulp above −2; in the lower tail at most 2.5e-7 absolute and, down to −6, 8e-5 relative;
    /// 0 below −6.04. On a GPU at most 7e-7 relative above −2, and in the lower tail 3.5e-8 absolute.</summary>
    /// <param name="x">Any number of elements.</param>
    /// <param name="y">As many, overwritten; may be x, if x is not wanted for the backward pass.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void Forward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        const string entry = "Gelu.Forward";
        Contract.Elements(y, x.Length, entry, "y", "the elements of x");
        if (x.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, FlopsPerElement * x.Length, 8.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(y, out var gpu))
            ForwardOnPtx(gpu, x, y);
        else
            ForwardOnHost(HostDevice.Of(y, entry), x, y);
    }

    /// <summary>dX = dY ∘ (Φ(x) + x·φ(x)). The factor's absolute error is at most 1.5e-7, on a GPU 2.5e-7.</summary>
    /// <param name="dY">Gradient of y.</param>
    /// <param name="x">The input of the forward pass, as many elements.</param>
    /// <param name="dX">As many, overwritten; may be dY or x.</param>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    public static void Backward(DeviceSpan<float> dY, DeviceSpan<float> x, DeviceSpan<float> dX)
    {
        const string entry = "Gelu.Backward";
        Contract.Elements(dY, x.Length, entry, "dY", "the elements of x");
        Contract.Elements(dX, x.Length, entry, "dX", "the elements of x");
        if (x.IsEmpty)
            return;
        using var scope = KernelScope.Enter(dX.Device, entry, (FlopsPerElement + 12) * x.Length, 12.0 * x.Length, new(x.Length));
        if (PtxDevice.Is(dX, out var gpu))
            BackwardOnPtx(gpu, dY, x, dX);
        else
            BackwardOnHost(HostDevice.Of(dX, entry), dY, x, dX);
    }

    private const double FlopsPerElement = 18; // a polynomial of degree 6, its argument and the value
}
