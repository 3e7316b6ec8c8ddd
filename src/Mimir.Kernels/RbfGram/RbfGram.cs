using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The two ends of a Gram matrix of radial basis functions, K_ij = k(‖a_i − a_j‖²): the squared distances that it is made of,
/// and the way back from its gradient to the rows. All arithmetic is float64, because the Gram matrices of interest are nearly
/// all ones and what is left of 1 − K must keep its digits.
/// <para>Shapes: a, dA [B, columns] float32; distances, weights [B, B] float64.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length. B = 0 is a no-op.</para></summary>
public static partial class RbfGram
{
    /// <summary>distances[i, j] = Σ_c (a[i, c] − a[j, c])²:
    /// exactly symmetric, exactly zero on the diagonal and between equal rows.</summary>
    /// <param name="a">[B, columns].</param>
    /// <param name="batch">B.</param>
    /// <param name="columns">Columns of a.</param>
    /// <param name="distances">[B, B], overwritten.</param>
    public static void SquaredDistances(DeviceSpan<float> a, int batch, int columns, DeviceSpan<double> distances)
    {
        const string entry = "RbfGram.SquaredDistances";
        Check(a, "a", distances, "distances", batch, columns, entry);
        if (batch == 0)
            return;
        var pairs = 0.5 * batch * (batch - 1.0);
        using var scope = KernelScope.Enter(
            distances.Device, entry, 3.0 * pairs * columns, 4.0 * a.Length + 8.0 * distances.Length, new(batch, columns));
        if (PtxDevice.Is(distances, out var gpu))
            SquaredDistancesOnPtx(gpu, a, batch, columns, distances);
        else
            SquaredDistancesOnHost(HostDevice.Of(distances, entry), a, batch, columns, distances);
    }

    /// <summary>dA[i] (+)= scale·2·Σ_j weights[i, j]·(a[i] − a[j]): the gradient at the rows, where weights is W + Wᵀ of the gradient
    /// W = ∂ℓ/∂distances.</summary>
    /// <param name="a">[B, columns].</param>
    /// <param name="weights">[B, B], symmetric.</param>
    /// <param name="batch">B.</param>
    /// <param name="columns">Columns of a.</param>
    /// <param name="scale">Factor of the whole.</param>
    /// <param name="accumulate">Whether dA is added to, with one rounding to float32, or overwritten.</param>
    /// <param name="dA">[B, columns]; must not be <paramref name="a"/>.</param>
    public static void Backward(
        DeviceSpan<float> a, DeviceSpan<double> weights, int batch, int columns, double scale, bool accumulate, DeviceSpan<float> dA)
    {
        const string entry = "RbfGram.Backward";
        Check(a, "a", weights, "weights", batch, columns, entry);
        Contract.Elements(dA, a.Length, entry, "dA", "[batch, columns]");
        if (dA.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            dA.Device, entry, 3.0 * batch * batch * columns, 8.0 * a.Length + 8.0 * weights.Length, new(batch, columns));
        if (PtxDevice.Is(dA, out var gpu))
            BackwardOnPtx(gpu, a, weights, batch, columns, scale, accumulate, dA);
        else
            BackwardOnHost(HostDevice.Of(dA, entry), a, weights, batch, columns, scale, accumulate, dA);
    }

    private static void Check(
        DeviceSpan<float> a, string aName, DeviceSpan<double> matrix, string matrixName, int batch, int columns, string entry)
    {
        Contract.Require(batch >= 0 && columns >= 0, entry, "sizes must not be negative");
        Contract.Elements(a, (long)batch * columns, entry, aName, "[batch, columns]");
        Contract.Elements(matrix, (long)batch * batch, entry, matrixName, "[batch, batch]");
    }
}
