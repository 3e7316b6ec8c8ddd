using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>The model and images that the public attacks were run on: tests/golden/attacks.</summary>
internal static class GoldenVictim
{
    private static readonly EncoderConfig s_encoder = new(Image: 16, Channels: 3, Patch: 4, Embed: 24, Depth: 2, Heads: 3, MlpRatio: 2);

    /// <summary>A file of the folder.</summary>
    public static SafetensorsFile Open(string name) => SafetensorsFile.Open(Path.Combine(GoldenCases.Folder, "..", "attacks", name + ".safetensors"));

    /// <summary>The model.</summary>
    public static VisionTransformer Load(Device device)
    {
        using var file = Open("victim");
        var model = new VisionTransformer(device, s_encoder, 10);
        foreach (var parameter in model.Parameters.Parameters)
            file.Read(parameter.Name, parameter.Value);
        model.Refresh();
        return model;
    }

    /// <summary>All images.</summary>
    public static ImageSet Images()
    {
        using var file = Open("victim");
        var pixels = file.Read<byte>("images").Select(level => level / 255f).ToArray();
        int[] labels = [.. file.Read<long>("labels").Select(label => (int)label)];
        return ImageSet.FromFloats(
            "golden", "victim.safetensors", new ImageShape(3, 16, 16), pixels, labels, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
    }
}
