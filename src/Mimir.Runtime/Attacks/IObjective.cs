using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Attacks;

/// <summary>What a gradient attack raises: a loss of some images, a micro-batch at a time.</summary>
public interface IObjective
{
    /// <summary>Writes the gradient of the summed loss with respect to the images.</summary>
    /// <param name="graph">A graph of the calling lane, not begun.</param>
    /// <param name="images">[count, channels, side, side].</param>
    /// <param name="gradient">Receives as many values.</param>
    void Gradient(Graph graph, DeviceSpan<float> images, DeviceSpan<float> gradient);
}
