using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The step of the FAB attack (Croce and Hein 2020, arXiv:1907.02044): moves inside the box [0, 1] onto the hyperplane that stands
/// for the decision boundary, one hyperplane a row.
/// <para>The shortest move d of a point t with ⟨w, t + d⟩ = b and 0 ≤ t + d ≤ 1: with c = ⟨w, t⟩ − b, and w and c negated where c &lt; 0, value i
/// goes against the sign of w_i by min(λ, r_i) in the L∞ norm and by min(λ·|w_i|, r_i) in L2, where r_i is its way to the wall (t_i or
/// 1 − t_i) and λ ≥ 0 solves Σ|w_i d_i| = c. Where all the ways together fall short of c, every value goes to its wall. Values without weight
/// stay: w_i = 0, in L2 |w_i| &lt; 1e-8.</para>
/// <para>λ is found by Newton's method from 0. The sum is piecewise linear and concave in λ, so the steps rise to the solution, each at least
/// one breakpoint further, and end there exactly, mostly after 3 to 6; no sorting. All arithmetic is float64, in an order that neither
/// vector width nor device changes: same arguments, same bits everywhere. A NaN among a row's arguments makes its results NaN wherever
/// there is a weight.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length. No rows is a no-op.</para></summary>
public static partial class FabStep
{
    private const double LeastL2Weight = 1e-8f;

    /// <summary>moves[r] = the shortest move of points[r] onto {v : ⟨normals[r], v⟩ = offsets[r]} inside the box.</summary>
    /// <param name="linf">Whether moves are measured in the L∞ norm; else in L2.</param>
    /// <param name="points">t [rows, values], in [0, 1].</param>
    /// <param name="normals">w [rows, values].</param>
    /// <param name="offsets">b [rows].</param>
    /// <param name="rows">Number of points.</param>
    /// <param name="values">Values of a point.</param>
    /// <param name="moves">d [rows, values], overwritten; may be <paramref name="points"/> or <paramref name="normals"/>.</param>
    public static void Project(
        bool linf, DeviceSpan<float> points, DeviceSpan<float> normals, DeviceSpan<float> offsets, int rows, int values,
        DeviceSpan<float> moves)
    {
        const string entry = "FabStep.Project";
        Check(points, normals, rows, values, entry);
        Contract.Elements(offsets, rows, entry, "offsets", "[rows]");
        Contract.Elements(moves, points.Length, entry, "moves", "[rows, values]");
        if (moves.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            moves.Device, entry, 40.0 * moves.Length, 12.0 * moves.Length, new(rows, values, Form: linf ? "Linf" : "L2"));
        if (PtxDevice.Is(moves, out var gpu))
            ProjectOnPtx(gpu, linf, points, normals, offsets, rows, values, moves);
        else
            ProjectOnHost(HostDevice.Of(moves, entry), linf, points, normals, offsets, rows, values, moves);
    }

    /// <summary>One step of the attack in place (Algorithm 1): with the hyperplane {v : Δ + ⟨w, v − x₁⟩ = 0}, d₁ the shortest move of x₁ onto
    /// it and d₂ that of x₀, α = min(a₁ / (a₁ + a₂), <paramref name="alphaMax"/>) with aᵢ = max(‖dᵢ‖, 1e-8), and
    /// x₁ ← clip((x₁ + η d₁)(1 − α) + (x₀ + η d₂) α, 0, 1).</summary>
    /// <param name="linf">Whether moves are measured in the L∞ norm; else in L2.</param>
    /// <param name="normals">w [rows, values], the gradient of Δ at x₁.</param>
    /// <param name="differences">Δ [rows], the other class's logit less the label's at x₁.</param>
    /// <param name="natural">x₀ [rows, values], the images as they are.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="alphaMax">Largest share of the way back to the image.</param>
    /// <param name="overshoot">η, how far a move goes, 1 for just onto the hyperplane.</param>
    /// <param name="points">x₁ [rows, values], in [0, 1], read and overwritten; may be <paramref name="normals"/>.</param>
    public static void Advance(
        bool linf, DeviceSpan<float> normals, DeviceSpan<float> differences, DeviceSpan<float> natural, int rows, int values,
        float alphaMax, float overshoot, DeviceSpan<float> points)
    {
        const string entry = "FabStep.Advance";
        Check(points, normals, rows, values, entry);
        Contract.Elements(differences, rows, entry, "differences", "[rows]");
        Contract.Elements(natural, points.Length, entry, "natural", "[rows, values]");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            points.Device, entry, 100.0 * points.Length, 16.0 * points.Length, new(rows, values, Form: linf ? "Linf" : "L2"));
        if (PtxDevice.Is(points, out var gpu))
            AdvanceOnPtx(gpu, linf, normals, differences, natural, rows, values, alphaMax, overshoot, points);
        else
            AdvanceOnHost(HostDevice.Of(points, entry), linf, normals, differences, natural, rows, values, alphaMax, overshoot, points);
    }

    private static void Check(DeviceSpan<float> points, DeviceSpan<float> normals, int rows, int values, string entry)
    {
        Contract.Require(rows >= 0 && values >= 0, entry, "sizes must not be negative");
        Contract.Elements(points, (long)rows * values, entry, "points", "[rows, values]");
        Contract.Elements(normals, (long)rows * values, entry, "normals", "[rows, values]");
    }
}
