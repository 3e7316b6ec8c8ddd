using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Data;

/// <summary>A filled batch. It belongs to its <see cref="Batcher"/> and holds until the next batch is asked for. It is filled in host memory:
/// that of the device itself where it is the host, else arrays that <see cref="Upload"/> copies over.</summary>
public sealed class Batch
{
    private readonly DeviceSpan<float> _images;
    private readonly DeviceSpan<int> _labels;
    private readonly int[] _indices;
    private readonly float[]? _stagedImages;
    private readonly int[]? _stagedLabels;

    internal Batch(Device device, int size, ImageShape shape)
    {
        _images = device.Allocate<float>(checked(size * shape.Values), "images");
        _labels = device.Allocate<int>(size, "labels");
        _indices = new int[size];
        if (!_images.IsOnHost)
            (_stagedImages, _stagedLabels) = (new float[_images.Length], new int[size]);
        Shape = shape;
        Images = _images;
        Labels = _labels;
    }

    /// <summary>The size of one image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Number of images: the batch size, or less in the last batch of an evaluation.</summary>
    public int Count { get; private set; }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>The batch's number in its epoch, from 0.</summary>
    public int Number { get; private set; }

    /// <summary>[Count, channels, height, width], in [0, 1], on the device.</summary>
    public DeviceSpan<float> Images { get; private set; }

    /// <summary>[Count], on the device.</summary>
    public DeviceSpan<int> Labels { get; private set; }

    /// <summary>[Count], the images' numbers in the set.</summary>
    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, Count);

    /// <summary>Where the numbers are filled in.</summary>
    internal Span<int> HostIndices => _indices.AsSpan(0, Count);

    /// <summary>Where the images are filled in.</summary>
    internal Span<float> HostImages => _stagedImages is null ? Images.AsSpan() : _stagedImages.AsSpan(0, (int)Images.Length);

    /// <summary>Where the labels are filled in.</summary>
    internal Span<int> HostLabels => _stagedLabels is null ? Labels.AsSpan() : _stagedLabels.AsSpan(0, Count);

    /// <summary>Takes in what the producer is about to fill in.</summary>
    internal void Set(int epoch, int number, int count)
    {
        Epoch = epoch;
        Number = number;
        Count = count;
        Images = _images.Slice(0, (long)count * Shape.Values);
        Labels = _labels.Slice(0, count);
    }

    /// <summary>Brings what was filled in to the device. Called by the thread that uses the batch, which alone talks to the device.</summary>
    internal void Upload()
    {
        if (_stagedImages is null)
            return;
        Images.CopyFrom(HostImages);
        Labels.CopyFrom(HostLabels);
    }

    internal void Free()
    {
        _images.Buffer.Dispose();
        _labels.Buffer.Dispose();
    }
}
