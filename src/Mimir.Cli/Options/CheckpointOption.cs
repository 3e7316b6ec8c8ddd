using Mimir.Cli.Errors;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Options;

/// <summary>The path of a checkpoint: a file, or a run folder, of which the last checkpoint is meant.</summary>
internal static class CheckpointOption
{
    /// <summary>Requires that there is one.</summary>
    /// <param name="option">The option that named it.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public static void Require(string option, string path)
    {
        var last = RunFolder.CheckpointIn(path);
        if (Directory.Exists(path))
            UsageException.Require(File.Exists(last), $"{option} {path} holds no {Path.GetFileName(last)}; give a checkpoint or the folder of a run");
        else
            UsageException.Require(File.Exists(path), $"{option} {path} does not exist; give a checkpoint or the folder of a run");
    }
}
