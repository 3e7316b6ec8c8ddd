using System.Text.Json.Serialization;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Reports;

/// <summary>What every JSON report starts with.</summary>
internal abstract record VerbReport
{
    /// <summary>The verb.</summary>
    [JsonPropertyOrder(-7)]
    public required string Verb { get; init; }

    /// <summary>The version of Mimir.</summary>
    [JsonPropertyOrder(-6)]
    public string Version { get; init; } = RunConfig.Version;
}

/// <summary>What every JSON report of work on a device starts with.</summary>
internal abstract record Report : VerbReport
{
    /// <summary>The device that did the work.</summary>
    [JsonPropertyOrder(-5)]
    public required string Device { get; init; }

    /// <summary>The device's threads; 1 for a GPU.</summary>
    [JsonPropertyOrder(-3)]
    public required int Threads { get; init; }

    /// <summary>Bits of the SIMD width; 0 for a GPU.</summary>
    [JsonPropertyOrder(-2)]
    public required int SimdBits { get; init; }

    /// <summary>The seed; null where nothing is drawn.</summary>
    [JsonPropertyOrder(-1)]
    public required ulong? Seed { get; init; }
}
