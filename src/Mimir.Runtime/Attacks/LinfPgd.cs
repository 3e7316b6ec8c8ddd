using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent in the L∞ ball (Madry et al. 2018): a given start, then signed steps, each followed by the projection
/// onto the ball and the pixel range. The last iterate is the result. A lane makes one and uses it again and again.</summary>
public sealed class LinfPgd
{
    private readonly Graph _graph;
    private readonly IObjective _objective;
    private readonly Action _step;
    private AttackBudget _budget;
    private DeviceSpan<float> _images;
    private DeviceSpan<float> _gradient;
    private DeviceSpan<float> _adversarial;

    /// <summary>Prepares attacks.</summary>
    /// <param name="graph">A graph of the lane, not begun when an attack starts.</param>
    /// <param name="objective">What to raise.</param>
    public LinfPgd(Graph graph, IObjective objective)
    {
        (_graph, _objective) = (graph, objective);
        _step = () => Step(_graph, _objective, _budget, _images, _gradient, _adversarial);
    }

    /// <summary>Attacks some images. A GPU is given the steps as one piece of work, so they read nothing back.</summary>
    /// <param name="budget">ε, α and the number of steps.</param>
    /// <param name="images">The natural images, in [0, 1].</param>
    /// <param name="start">Added before the first step, then clipped to [0, 1]; as many values.</param>
    /// <param name="gradient">Room for as many values; holds the last step's gradient afterwards.</param>
    /// <param name="adversarial">Receives the result.</param>
    public void Run(
        AttackBudget budget, DeviceSpan<float> images, DeviceSpan<float> start, DeviceSpan<float> gradient, DeviceSpan<float> adversarial)
    {
        LinfStep.Start(images, start, adversarial);
        GoOn(budget, images, gradient, adversarial);
    }

    /// <summary>Takes the steps from where the images are; as <see cref="Run"/>.</summary>
    /// <param name="budget">ε, α and the number of steps.</param>
    /// <param name="images">The natural images, in [0, 1].</param>
    /// <param name="gradient">Room for as many values; holds the last step's gradient afterwards.</param>
    /// <param name="adversarial">The start, which may lie outside the ball and the pixel range until the first step; receives the result.</param>
    public void GoOn(AttackBudget budget, DeviceSpan<float> images, DeviceSpan<float> gradient, DeviceSpan<float> adversarial)
    {
        (_budget, _images, _gradient, _adversarial) = (budget, images, gradient, adversarial);
        images.Device.Repeat(budget.Steps, _step);
    }

    /// <summary>One step, in place.</summary>
    public static void Step(
        Graph graph, IObjective objective, AttackBudget budget, DeviceSpan<float> images, DeviceSpan<float> gradient,
        DeviceSpan<float> adversarial)
    {
        objective.Gradient(graph, adversarial, gradient);
        LinfStep.Step(gradient, images, budget.Epsilon, budget.Alpha, adversarial);
    }
}
