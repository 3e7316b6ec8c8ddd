using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Information;

namespace Mimir.Runtime.Training;

/// <summary>An estimate of the information between images and latents, and its gradients at the rows of both; keeps the small matrices from call
/// to call.</summary>
public sealed class InformationPenalty : IDisposable
{
    private readonly IMutualInformation _estimator;
    private readonly Side _images;
    private readonly Side _latents;
    private int _batch;

    /// <summary>Makes room.</summary>
    /// <param name="device">Where images and latents lie.</param>
    /// <param name="estimator">The estimator.</param>
    /// <param name="batch">Most rows.</param>
    public InformationPenalty(Device device, IMutualInformation estimator, int batch)
    {
        _estimator = estimator;
        (_images, _latents) = (new Side(device, batch, "images"), new Side(device, batch, "latents"));
    }

    /// <summary>Estimates the information between attacked images and latents.</summary>
    /// <param name="batch">Rows, at most those there is room for.</param>
    /// <param name="images">[batch, values].</param>
    /// <param name="latents">[batch, (kept + 1)·embed].</param>
    /// <param name="atImages">Whether <see cref="GradientAtImages"/> will be asked for; otherwise the images are constants.</param>
    public Estimate Evaluate(int batch, DeviceSpan<float> images, DeviceSpan<float> latents, bool atImages = false)
    {
        _batch = batch;
        var x = _images.Measure(images, batch);
        var z = _latents.Measure(latents, batch);
        return _estimator.Evaluate(batch, x, z, atImages ? _images.HostWeights(batch) : default, _latents.HostWeights(batch));
    }

    /// <summary>∂value/∂latents of the last estimate; nothing where it was skipped.</summary>
    /// <param name="latents">[batch, values], those of the estimate.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="accumulate">Whether to add to <paramref name="dLatents"/>; otherwise it is overwritten.</param>
    /// <param name="dLatents">[batch, values].</param>
    public void GradientAtLatents(DeviceSpan<float> latents, double scale, bool accumulate, DeviceSpan<float> dLatents) =>
        _latents.Backward(latents, _batch, scale, accumulate, dLatents);

    /// <summary>∂value/∂images of the last estimate, as <see cref="GradientAtLatents"/>.</summary>
    public void GradientAtImages(DeviceSpan<float> images, double scale, bool accumulate, DeviceSpan<float> dImages) =>
        _images.Backward(images, _batch, scale, accumulate, dImages);

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _latents.Dispose();
    }

    /// <summary>The distances between one side's rows, and the estimate's gradient in them.</summary>
    private sealed class Side(Device device, int most, string name) : IDisposable
    {
        private readonly DeviceSpan<double> _distances = device.Allocate<double>((long)most * most, $"distances of {name}");
        private readonly DeviceSpan<double> _weights = device.Allocate<double>((long)most * most, $"weights of {name}");
        private readonly double[] _hostDistances = new double[most * most];
        private readonly double[] _hostWeights = new double[most * most];

        public RowDistances Measure(DeviceSpan<float> rows, int batch)
        {
            var (elements, columns) = (batch * batch, checked((int)(rows.Length / batch)));
            RbfGram.SquaredDistances(rows, batch, columns, _distances.Slice(0, elements));
            _distances.Slice(0, elements).CopyTo(_hostDistances.AsSpan(0, elements));
            return new RowDistances(_hostDistances.AsSpan(0, elements), columns);
        }

        public Span<double> HostWeights(int batch) => _hostWeights.AsSpan(0, batch * batch);

        public void Backward(DeviceSpan<float> rows, int batch, double scale, bool accumulate, DeviceSpan<float> dRows)
        {
            var weights = _weights.Slice(0, (long)batch * batch);
            weights.CopyFrom(HostWeights(batch));
            RbfGram.Backward(rows, weights, batch, checked((int)(rows.Length / batch)), scale, accumulate, dRows);
        }

        public void Dispose()
        {
            _distances.Buffer.Dispose();
            _weights.Buffer.Dispose();
        }
    }
}
