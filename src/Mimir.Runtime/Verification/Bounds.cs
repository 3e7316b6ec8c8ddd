using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Verification;

/// <summary>How far results may lie from the reference, relative in the L2 norm.</summary>
/// <param name="Precision">What factors of matrix products are rounded to.</param>
/// <param name="Output">Outputs and latents.</param>
/// <param name="Loss">Losses.</param>
/// <param name="Gradient">Gradients.</param>
/// <param name="Update">Change of the parameters in a step of the optimiser.</param>
/// <param name="Information">Values of the information estimators, whose insides are float64.</param>
/// <param name="FlippedValues">Share of adversarial values that may differ: a gradient near zero may round to the other sign.</param>
public sealed record Bounds(
    MatrixPrecision Precision, double Output, double Loss, double Gradient, double Update, double Information, double FlippedValues)
{
    /// <summary>The bounds of a precision.</summary>
    public static Bounds Of(MatrixPrecision precision) => precision switch
    {
        MatrixPrecision.Float32 => new Bounds(precision, 2e-5, 1e-5, 1e-4, 1e-3, 1e-5, 0.0005),
        _ => Rounded(precision, RoundingOf(precision)),
    };

    /// <summary>The bounds and where they come from, in a line.</summary>
    public string Describe() => Precision == MatrixPrecision.Float32
        ? $"bounds: outputs {Output:0.0e+0}, losses {Loss:0.0e+0}, gradients {Gradient:0.0e+0}, updates {Update:0.0e+0}, flipped pixels {100 * FlippedValues:0.00} %"
        : $"bounds at {Precision.Name()}, whose factors are rounded by u = {RoundingOf(Precision):0.0e+0}: outputs {Output:0.0e+0} (4 u), losses {Loss:0.0e+0} (2 u), "
            + $"gradients {Gradient:0.0e+0} (16 u), updates {Update:0.0e+0} (4 sqrt(16 u/pi)), flipped pixels {100 * FlippedValues:0.00} % (16 u)";

    // The largest relative error of rounding to nearest: half a unit of 10 or 7 fraction bits.
    private static double RoundingOf(MatrixPrecision precision) => precision == MatrixPrecision.TensorFloat32 ? 1.0 / (1 << 11) : 1.0 / (1 << 8);

    // A product of rounded factors is off by up to 2 u, by 0.6 u in the root mean square, and so is a sum of products of random signs. A block
    // has six products in a row, whose errors add up like a random walk: 0.6 sqrt(6 blocks) u, some 5 u for twelve blocks and 2 u for two. The walk
    // back has as many again, on derivatives that were off already, and gradients of biases and norms are sums that cancel. A loss is a mean.
    // The first step of AdamW from zero moments is nearly the gradient's sign, which noise of relative size e turns in a share e/pi of the elements:
    // an error of 2 sqrt(e/pi) of the step, and twice that is allowed because tensors of few elements have few signs. Attacked pixels follow the
    // signs too, and the steps of an attack follow the flips of those before.
    private static Bounds Rounded(MatrixPrecision precision, double u) =>
        new(precision, 4 * u, 2 * u, 16 * u, 4 * Math.Sqrt(16 * u / Math.PI), 4 * u, 16 * u);
}
