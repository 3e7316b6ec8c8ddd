using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests;

/// <summary>Models of a few thousand parameters, and images for them.</summary>
internal static class TinyModels
{
    /// <summary>Images of 3x8x8 in 16 patches of 12 values.</summary>
    public static EncoderConfig Encoder => new(Image: 8, Channels: 3, Patch: 2, Embed: 16, Depth: 2, Heads: 2, MlpRatio: 2);

    /// <summary>Images of 3x16x16 in 256 patches: micro-batches of 8 in pre-training and of 2 in fine-tuning.</summary>
    public static EncoderConfig FineEncoder => new(Image: 16, Channels: 3, Patch: 1, Embed: 8, Depth: 2, Heads: 2, MlpRatio: 2);

    public static DecoderConfig Decoder => new(Embed: 8, Depth: 1, Heads: 2);

    public const int Classes = 5;

    public static MaskedAutoencoder Autoencoder(Device device, EncoderConfig? encoder = null, ulong seed = 1)
    {
        var model = new MaskedAutoencoder(device, encoder ?? Encoder, Decoder);
        model.Initialise(seed);
        return model;
    }

    public static VisionTransformer Classifier(Device device, EncoderConfig? encoder = null, PoolKind pool = PoolKind.Mean, ulong seed = 1)
    {
        var model = new VisionTransformer(device, encoder ?? Encoder, Classes, pool);
        model.Initialise(seed);
        return model;
    }

    /// <summary>A classifier with larger weights than a fresh one has, whose predictions differ from image to image and under attack.</summary>
    public static VisionTransformer SteepClassifier(Device device, EncoderConfig? encoder = null)
    {
        var model = Classifier(device, encoder);
        foreach (var weight in model.Parameters.Parameters.Where(p => p.Name.EndsWith("weight", StringComparison.Ordinal)))
            weight.Value.CopyFrom(SeededValues.Normal(weight.Shape.Count, (int)weight.Offset, 0.3));
        model.Refresh();
        return model;
    }

    /// <summary>[batch, channels, side, side] random pixels.</summary>
    public static DeviceSpan<float> Images(Device device, EncoderConfig encoder, int batch, int seed = 1)
    {
        var images = device.Allocate<float>((long)batch * encoder.Channels * encoder.Image * encoder.Image);
        images.CopyFrom(SeededValues.Pixels(images.Length, seed));
        return images;
    }

    /// <summary>[batch] random classes.</summary>
    public static DeviceSpan<int> Labels(Device device, int batch, int seed = 1)
    {
        var random = new Random(seed);
        var labels = device.Allocate<int>(batch);
        labels.CopyFrom([.. Enumerable.Range(0, batch).Select(_ => random.Next(Classes))]);
        return labels;
    }
}
