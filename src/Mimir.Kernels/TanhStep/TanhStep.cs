using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The step of the attack of Carlini and Wagner (2017, arXiv:1608.04644, section V): images x' = ½(tanh w + 1), which lie in [0, 1] whatever w
/// is, and Adam (Kingma and Ba 2015, arXiv:1412.6980, β₁ = 0.9, β₂ = 0.999, ε = 1e-8, in PyTorch's form) on w, one optimiser a row.
/// <para>½(tanh w + 1) is computed as 1/(1 + e^(−2w)); its error is at most 2e-7. All devices give the same bits, which exp and log owe to the
/// same polynomials everywhere. A NaN stays at its value.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length. No values is a no-op.</para></summary>
public static partial class TanhStep
{
    /// <summary>Decay of the first moment, β₁.</summary>
    public const float Beta1 = 0.9f;

    /// <summary>Decay of the second moment, β₂.</summary>
    public const float Beta2 = 0.999f;

    private const float AdamEpsilon = 1e-8f;
    private const float Furthest = 1 - 1e-6f; // |tanh w| at a pixel of 0 or 1, whose own w would be infinite

    /// <summary>Begins at given images: w = artanh(2x − 1) with 2x − 1 clamped to ±(1 − 1e-6), both moments zero, x' = ½(tanh w + 1).</summary>
    /// <param name="natural">x, any number of values.</param>
    /// <param name="variables">w, as many, overwritten.</param>
    /// <param name="firstMoments">As many, overwritten.</param>
    /// <param name="secondMoments">As many, overwritten.</param>
    /// <param name="points">x', as many, overwritten; may be <paramref name="natural"/>.</param>
    public static void Start(
        DeviceSpan<float> natural, DeviceSpan<float> variables, DeviceSpan<float> firstMoments, DeviceSpan<float> secondMoments,
        DeviceSpan<float> points)
    {
        const string entry = "TanhStep.Start";
        Contract.Elements(variables, natural.Length, entry, "variables", "the length of natural");
        Contract.Elements(firstMoments, natural.Length, entry, "firstMoments", "the length of natural");
        Contract.Elements(secondMoments, natural.Length, entry, "secondMoments", "the length of natural");
        Contract.Elements(points, natural.Length, entry, "points", "the length of natural");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 40.0 * points.Length, 20.0 * points.Length, new(points.Length));
        if (PtxDevice.Is(points, out var gpu))
            StartOnPtx(gpu, natural, variables, firstMoments, secondMoments, points);
        else
            StartOnHost(HostDevice.Of(points, entry), natural, variables, firstMoments, secondMoments, points);
    }

    /// <summary>One step that lowers ‖x' − x‖² + weight·loss in w. With g = (2(x' − x) + weight·∇loss)·2x'(1 − x'):
    /// m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − rate·m / (√v/root + 1e-8);  x' ← ½(tanh w + 1).</summary>
    /// <param name="gradient">∇loss in x' [rows, values].</param>
    /// <param name="natural">x [rows, values].</param>
    /// <param name="weights">weight [rows].</param>
    /// <param name="rates">[rows], the rate over 1 − β₁ᵗ at step t = 1, 2, ….</param>
    /// <param name="roots">[rows], √(1 − β₂ᵗ).</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="values">Values of an image.</param>
    /// <param name="variables">w [rows, values], read and overwritten.</param>
    /// <param name="firstMoments">m [rows, values], read and overwritten.</param>
    /// <param name="secondMoments">v [rows, values], read and overwritten.</param>
    /// <param name="points">x' [rows, values], read and overwritten.</param>
    public static void Step(
        DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> weights, DeviceSpan<float> rates, DeviceSpan<float> roots,
        int rows, int values, DeviceSpan<float> variables, DeviceSpan<float> firstMoments, DeviceSpan<float> secondMoments,
        DeviceSpan<float> points)
    {
        const string entry = "TanhStep.Step";
        Contract.Require(rows >= 0 && values >= 0, entry, "sizes must not be negative");
        var elements = (long)rows * values;
        Contract.Elements(gradient, elements, entry, "gradient", "[rows, values]");
        Contract.Elements(natural, elements, entry, "natural", "[rows, values]");
        Contract.Elements(weights, rows, entry, "weights", "[rows]");
        Contract.Elements(rates, rows, entry, "rates", "[rows]");
        Contract.Elements(roots, rows, entry, "roots", "[rows]");
        Contract.Elements(variables, elements, entry, "variables", "[rows, values]");
        Contract.Elements(firstMoments, elements, entry, "firstMoments", "[rows, values]");
        Contract.Elements(secondMoments, elements, entry, "secondMoments", "[rows, values]");
        Contract.Elements(points, elements, entry, "points", "[rows, values]");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 40.0 * elements, 40.0 * elements, new(rows, values));
        var state = new State(variables, firstMoments, secondMoments, points);
        if (PtxDevice.Is(points, out var gpu))
            StepOnPtx(gpu, gradient, natural, weights, rates, roots, rows, values, state);
        else
            StepOnHost(HostDevice.Of(points, entry), gradient, natural, weights, rates, roots, rows, values, state);
    }

    private readonly record struct State(
        DeviceSpan<float> Variables, DeviceSpan<float> FirstMoments, DeviceSpan<float> SecondMoments, DeviceSpan<float> Points);
}
