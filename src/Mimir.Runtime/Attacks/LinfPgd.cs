using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent in the L∞ ball (Madry et al. 2018): a given start, then signed steps, each followed by the projection
/// onto the ball and the pixel range. The last iterate is the result.</summary>
public static class LinfPgd
{
    /// <summary>Attacks some images.</summary>
    /// <param name="graph">A graph of the calling lane, not begun.</param>
    /// <param name="objective">What to raise.</param>
    /// <param name="budget">ε, α and the number of steps.</param>
    /// <param name="images">The natural images, in [0, 1].</param>
    /// <param name="start">Added before the first step, then clipped to [0, 1]; as many values.</param>
    /// <param name="gradient">Room for as many values; holds the last step's gradient afterwards.</param>
    /// <param name="adversarial">Receives the result.</param>
    public static void Run(
        Graph graph, IObjective objective, LinfBudget budget, DeviceSpan<float> images, DeviceSpan<float> start,
        DeviceSpan<float> gradient, DeviceSpan<float> adversarial)
    {
        LinfStep.Start(images, start, adversarial);
        for (var step = 0; step < budget.Steps; step++)
            Step(graph, objective, budget, images, gradient, adversarial);
    }

    /// <summary>One step, in place.</summary>
    public static void Step(
        Graph graph, IObjective objective, LinfBudget budget, DeviceSpan<float> images, DeviceSpan<float> gradient,
        DeviceSpan<float> adversarial)
    {
        objective.Gradient(graph, adversarial, gradient);
        LinfStep.Step(gradient, images, budget.Epsilon, budget.Alpha, adversarial);
    }
}
