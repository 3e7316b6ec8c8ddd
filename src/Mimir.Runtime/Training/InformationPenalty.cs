using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Information;

namespace Mimir.Runtime.Training;

/// <summary>The penalty's value and its gradient at the latents of a whole batch; keeps the small matrices from step to step.</summary>
public sealed class InformationPenalty : IDisposable
{
    private readonly IMutualInformation _estimator;
    private readonly int _batch;
    private readonly DeviceSpan<double> _distancesX;
    private readonly DeviceSpan<double> _distancesZ;
    private readonly DeviceSpan<double> _weights;
    private readonly double[] _hostX;
    private readonly double[] _hostZ;
    private readonly double[] _hostWeights;

    /// <summary>Makes room for batches of one size.</summary>
    public InformationPenalty(Device device, IMutualInformation estimator, int batch)
    {
        (_estimator, _batch) = (estimator, batch);
        var elements = batch * batch;
        _distancesX = device.Allocate<double>(elements, "distances of images");
        _distancesZ = device.Allocate<double>(elements, "distances of latents");
        _weights = device.Allocate<double>(elements, "weights of distances");
        _hostX = new double[elements];
        _hostZ = new double[elements];
        _hostWeights = new double[elements];
    }

    /// <summary>Evaluates the penalty between attacked images and latents.</summary>
    /// <param name="images">[batch, values], a constant.</param>
    /// <param name="latents">[batch, (kept + 1)·embed].</param>
    /// <param name="dLatents">Receives ∂value/∂latents, not weighted; zero when the estimate was skipped.</param>
    public Estimate Evaluate(DeviceSpan<float> images, DeviceSpan<float> latents, DeviceSpan<float> dLatents)
    {
        var columnsX = (int)(images.Length / _batch);
        var columnsZ = (int)(latents.Length / _batch);
        RbfGram.SquaredDistances(images, _batch, columnsX, _distancesX);
        RbfGram.SquaredDistances(latents, _batch, columnsZ, _distancesZ);
        _distancesX.CopyTo(_hostX);
        _distancesZ.CopyTo(_hostZ);
        var estimate = _estimator.Evaluate(
            _batch, new RowDistances(_hostX, columnsX), new RowDistances(_hostZ, columnsZ), default, _hostWeights);
        _weights.CopyFrom(_hostWeights);
        RbfGram.Backward(latents, _weights, _batch, columnsZ, 1.0, accumulate: false, dLatents);
        return estimate;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _distancesX.Buffer.Dispose();
        _distancesZ.Buffer.Dispose();
        _weights.Buffer.Dispose();
    }
}
