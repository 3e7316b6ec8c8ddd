using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Evaluation;

/// <summary>What an evaluation was measured on, by content.</summary>
/// <param name="CheckpointSha256">Of the checkpoint's file.</param>
/// <param name="DataSha256">Of every image's label (int32) and pixels (float32), little-endian, in order.</param>
public sealed record EvaluationIdentity(string CheckpointSha256, string DataSha256)
{
    /// <summary>Reads both.</summary>
    /// <param name="checkpoint">The checkpoint's file.</param>
    /// <param name="images">The images.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EvaluationIdentity Of(string checkpoint, ImageSet images)
    {
        using var file = File.OpenRead(checkpoint);
        using var data = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pixels = new float[images.Shape.Values];
        for (var i = 0; i < images.Count; i++)
        {
            images.CopyImage(i, pixels);
            data.AppendData(MemoryMarshal.AsBytes(images.Labels.Slice(i, 1)));
            data.AppendData(MemoryMarshal.AsBytes(pixels.AsSpan()));
        }

        return new EvaluationIdentity(Convert.ToHexStringLower(SHA256.HashData(file)), Convert.ToHexStringLower(data.GetHashAndReset()));
    }
}
