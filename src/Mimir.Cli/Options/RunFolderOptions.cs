using System.CommandLine;
using Mimir.Cli.Errors;

namespace Mimir.Cli.Options;

/// <summary>Where a run keeps its files, and whether it goes on with an earlier one.</summary>
/// <param name="verb">The verb; begins the names of new folders.</param>
/// <param name="files">What the folder will hold.</param>
/// <param name="always">Whether a run that names no folder gets one all the same.</param>
internal sealed class RunFolderOptions(string verb, string files = "config.json, metrics.jsonl, checkpoint-last.safetensors", bool always = true)
{
    private readonly Option<string> _out = OptionSyntax.Value(
        "--out", "DIR", $"The folder of the run, new or empty ({(always ? $"default runs/{verb}-<date>-<time>" : "default: nothing is kept")}): {files}.");

    private readonly Option<string> _resume = OptionSyntax.OptionalValue(
        "--resume", "DIR", "Continues the run in DIR (or in --out) to the same bits as if it had never stopped. Its recipe is that of config.json; "
            + "other options may be left out, and must not differ.");

    /// <summary>Under the heading of the run.</summary>
    public OptionGroup Group(string title) => new(title, [_out, _resume]);

    /// <summary>Whether an earlier run goes on.</summary>
    public bool Resumes(ParseResult parse) => parse.IsGiven(_resume);

    /// <summary>The folder to resume.</summary>
    /// <exception cref="UsageException">None is named, or two are.</exception>
    public string ResumeFolder(ParseResult parse)
    {
        var (resume, output) = (parse.Text(_resume) ?? "", parse.Text(_out));
        if (resume.Length == 0)
            return NotEmpty(output ?? throw new UsageException("--resume names no folder: write --resume DIR, or --out DIR beside it"));
        UsageException.Require(
            output is null || Path.GetFullPath(output) == Path.GetFullPath(resume), $"--out {output} and --resume {resume} name different folders; give one of them");
        return resume;
    }

    /// <summary>The folder of a new run that was named; null where none was.</summary>
    public string? NamedFolder(ParseResult parse) => parse.Text(_out) is { } given ? NotEmpty(given) : null;

    /// <summary>The folder of a new run.</summary>
    public string NewFolder(ParseResult parse)
    {
        if (NamedFolder(parse) is { } given)
            return given;
        var name = Path.Combine("runs", $"{verb}-{DateTime.Now:yyyyMMdd-HHmmss}");
        var folder = name;
        for (var i = 2; Directory.Exists(folder); i++)
            folder = $"{name}-{i}";
        return folder;
    }

    private static string NotEmpty(string folder) => folder.Length > 0 ? folder : throw new UsageException("--out is empty; give a folder");
}
