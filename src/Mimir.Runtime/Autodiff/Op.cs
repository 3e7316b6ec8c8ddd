using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff;

/// <summary>One coarse operation on the tape. A sealed class each holds its forward (a static <c>Apply</c>), its backward and what it
/// keeps in between. Objects are used again step after step, so a steady step allocates none.</summary>
internal abstract class Op
{
    /// <summary>What the forward pass made.</summary>
    public Tensor Output { get; set; } = null!;

    /// <summary>Delivers the gradients of the inputs and parameters that need one.</summary>
    /// <param name="graph">Where inputs' gradients are asked for and kept.</param>
    /// <param name="dOutput">Gradient of the output; empty for a loss, which starts the walk.</param>
    public abstract void Backward(Graph graph, DeviceSpan<float> dOutput);

    /// <summary>Gives back what the operation kept. Called once, after its backward or when the graph ends without one.</summary>
    public abstract void Release(Graph graph);
}
