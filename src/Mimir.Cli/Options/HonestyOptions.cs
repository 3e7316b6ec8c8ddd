using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Options;

/// <summary>Whether an evaluation is examined, and how thoroughly.</summary>
internal sealed class HonestyOptions
{
    private const string HonestyName = "--honesty";
    private const string SurrogateName = "--surrogate";

    private static readonly HonestySettings s_defaults = new() { Checkpoint = "" };

    private readonly Option<bool> _honesty = OptionSyntax.Switch(
        HonestyName, "After the attacks, asks what would expose a defence that only looks robust: 15 checks, each PASS, WARN or FAIL. States its cost before it starts.");

    private readonly SettingGroup<HonestySettings> _settings = new("Honesty", [
        Setting.Whole<HonestySettings>(
            "--honesty-images", 1, $"Images that the checks attack, evenly spread over the evaluation's (default {s_defaults.Images}).", h => h.Images, (h, v) => h with { Images = v }),
        Setting.Whole<HonestySettings>(
            "--honesty-queries", 1, $"Queries of the square attack in the checks (default {s_defaults.Queries}).", h => h.Queries, (h, v) => h with { Queries = v }),
        Setting.Text<HonestySettings>(
            SurrogateName, "PATH", "Another classifier's checkpoint or run: attacks made on it must be weaker than those made on the model itself.",
            h => h.Surrogate ?? "", (h, v) => h with { Surrogate = v }),
    ]);

    /// <summary>The options.</summary>
    public OptionGroup Group => new(_settings.Title, [_honesty, .. _settings.Options]);

    /// <summary>What was asked for; null where no examination was.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="checkpoint">The classifier: a file or a run folder.</param>
    /// <exception cref="UsageException">An option has no effect, or the surrogate is not there.</exception>
    public HonestySettings? Asked(ParseResult parse, string checkpoint)
    {
        if (!parse.IsGiven(_honesty))
        {
            foreach (var option in _settings.Options)
                UsageException.Require(!parse.IsGiven(option), $"{option.Name} has no effect without {HonestyName}");
            return null;
        }

        var settings = _settings.Apply(s_defaults with { Checkpoint = Directory.Exists(checkpoint) ? RunFolder.CheckpointIn(checkpoint) : checkpoint }, parse);
        if (settings.Surrogate is { } surrogate)
            CheckpointOption.Require(SurrogateName, surrogate);
        return settings;
    }
}
