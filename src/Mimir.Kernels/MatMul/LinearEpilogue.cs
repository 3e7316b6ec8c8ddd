using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>What <see cref="MatMul.Forward"/> does to a product before it is stored:
/// y = residual + scale · g(x·Wᵀ + bias), where g is GELU or the identity. Every part may be left out;
/// <c>default</c> stores the bare product.</summary>
public readonly struct LinearEpilogue
{
    /// <summary>[outputs], added to every row; or empty.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>Whether GELU follows the bias.</summary>
    public bool Gelu { get; init; }

    /// <summary>[rows, outputs], receives gelu'(x·Wᵀ + bias), which the way back multiplies by; only with <see cref="Gelu"/>, or empty.
    /// Must not overlap y. With the value at hand the derivative is nearly free, alone it costs as much as the value.</summary>
    public DeviceSpan<float> Derivative { get; init; }

    /// <summary>[rows, outputs], added last; or empty. May be y itself.</summary>
    public DeviceSpan<float> Residual { get; init; }

    /// <summary>[rows / <see cref="RowsPerScale"/>], row r is multiplied by element r / <see cref="RowsPerScale"/> before the
    /// residual is added; or empty.</summary>
    public DeviceSpan<float> RowScale { get; init; }

    /// <summary>Rows that share one element of <see cref="RowScale"/>; not looked at without it.</summary>
    public int RowsPerScale { get; init; }
}
