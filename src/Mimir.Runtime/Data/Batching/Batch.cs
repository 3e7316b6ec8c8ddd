using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Data;

/// <summary>A filled batch. It belongs to its <see cref="Batcher"/> and holds until the next batch is asked for.</summary>
public sealed class Batch
{
    private readonly DeviceSpan<float> _images;
    private readonly DeviceSpan<int> _labels;
    private readonly DeviceSpan<int> _indices;

    internal Batch(HostDevice device, int size, ImageShape shape)
    {
        _images = device.Allocate<float>(checked(size * shape.Values));
        _labels = device.Allocate<int>(size);
        _indices = device.Allocate<int>(size);
        Shape = shape;
        Images = _images;
        Labels = _labels;
        Indices = _indices;
    }

    /// <summary>The size of one image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Number of images: the batch size, or less in the last batch of an evaluation.</summary>
    public int Count { get; private set; }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>The batch's number in its epoch, from 0.</summary>
    public int Number { get; private set; }

    /// <summary>[Count, channels, height, width], in [0, 1], in host memory.</summary>
    public DeviceSpan<float> Images { get; private set; }

    /// <summary>[Count].</summary>
    public DeviceSpan<int> Labels { get; private set; }

    /// <summary>[Count], the images' numbers in the set.</summary>
    public DeviceSpan<int> Indices { get; private set; }

    /// <summary>Takes in what the producer is about to fill in.</summary>
    internal void Set(int epoch, int number, int count)
    {
        Epoch = epoch;
        Number = number;
        Count = count;
        Images = _images.Slice(0, (long)count * Shape.Values);
        Labels = _labels.Slice(0, count);
        Indices = _indices.Slice(0, count);
    }

    internal void Free()
    {
        _images.Buffer.Dispose();
        _labels.Buffer.Dispose();
        _indices.Buffer.Dispose();
    }
}
