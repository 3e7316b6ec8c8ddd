using System.Text.Json;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>What <c>config.json</c> of a run folder holds: the recipe, which alone decides the result, and for the record what ran it.
/// A resumed run may use other threads or another device.</summary>
/// <typeparam name="TRecipe"><see cref="PretrainRecipe"/> or <see cref="FinetuneRecipe"/>.</typeparam>
public sealed record RunConfig<TRecipe>
{
    /// <summary>The verb of the command line that reads it, such as <c>pretrain</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>The version of Mimir that started the run.</summary>
    public required string Version { get; init; }

    /// <summary>The device it was started on.</summary>
    public required string Device { get; init; }

    /// <summary>How its matrix products round their factors.</summary>
    public MatrixPrecision Precision { get; init; }

    /// <summary>The device's threads; 1 for a GPU.</summary>
    public required int Threads { get; init; }

    /// <summary>Bits of the SIMD width, 0 for a GPU: results agree to the last bit only where it is the same.</summary>
    public required int SimdBits { get; init; }

    /// <summary>What the run does.</summary>
    public required TRecipe Recipe { get; init; }
}

/// <summary>Makes a run's configuration and reads it back.</summary>
public static class RunConfig
{
    /// <summary>The version of Mimir, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } = typeof(RunConfig).Assembly.GetName().Version!.ToString(fieldCount: 3);

    /// <summary>The configuration of a run that starts now.</summary>
    public static RunConfig<TRecipe> Of<TRecipe>(string verb, TRecipe recipe, Device device) => new()
    {
        Verb = verb,
        Version = Version,
        Device = device.Id.ToString(),
        Precision = device.Precision,
        Threads = device.Lanes,
        SimdBits = device.SimdBits,
        Recipe = recipe,
    };

    /// <summary>The configuration of a run of that verb.</summary>
    /// <exception cref="RunFolderException">The run is another verb's.</exception>
    /// <exception cref="Formats.FileFormatException">The file is damaged, or has parts that this version does not know.</exception>
    public static RunConfig<TRecipe> Read<TRecipe>(RunFolder folder, string verb)
    {
        var found = folder.ReadConfig<RunConfig<JsonElement>>().Verb;
        return found == verb
            ? folder.ReadConfig<RunConfig<TRecipe>>()
            : throw new RunFolderException($"--resume {folder.Path}: that is a {found} run; continue it with mimir {found} --resume {folder.Path}");
    }
}
