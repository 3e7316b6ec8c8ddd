using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Options;

/// <summary>Files of attacked images: to write, and to look at anew.</summary>
internal sealed class AdversarialOptions
{
    private readonly Option<string> _save = OptionSyntax.Value(
        "--save-adversarial", "PATH", "Writes every x' as float32: .safetensors with predictions and labels, or .npy with the predictions beside it.");

    private readonly Option<string> _recheck = OptionSyntax.Value(
        "--recheck", "PATH", "Runs no attack: classifies the x' of such a file, or of an evaluation's folder, anew, as they are and rounded to 8 bits, and measures them.");

    /// <summary>Under the heading of the run.</summary>
    public OptionGroup Group(string title) => new(title, [_save, _recheck]);

    /// <summary>Whether x' are only looked at anew.</summary>
    public bool Rechecks(ParseResult parse) => parse.IsGiven(_recheck);

    /// <summary>The file to look at.</summary>
    /// <exception cref="UsageException">It is not there.</exception>
    public string FileToRecheck(ParseResult parse)
    {
        var path = parse.Text(_recheck)!;
        var file = Directory.Exists(path) ? Path.Combine(path, AdversarialFile.Name) : path;
        UsageException.Require(File.Exists(file), $"--recheck {file} does not exist; give a file of --save-adversarial or the folder of an evaluation");
        return file;
    }

    /// <summary>Where to write every x'; null where it is not asked for.</summary>
    /// <exception cref="UsageException">It cannot be written there.</exception>
    public string? FileToSave(ParseResult parse)
    {
        if (parse.Text(_save) is not { } path)
            return null;
        UsageException.Require(
            Path.GetExtension(path) is ".npy" or ".safetensors", $"--save-adversarial {path} must end in .safetensors or .npy");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        UsageException.Require(Directory.Exists(folder), $"--save-adversarial {path}: the folder {folder} does not exist");
        return path;
    }

}
