using System.Text.Json;
using System.Text.Json.Nodes;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Training;

/// <summary>The folder of a run: <c>config.json</c>, enough to repeat it; <c>metrics.jsonl</c>, a line an epoch; its checkpoints.</summary>
public sealed class RunFolder
{
    private const string ConfigName = "config.json";
    private const string MetricsName = "metrics.jsonl";
    private const string LastCheckpoint = "checkpoint-last.safetensors";
    private const string EpochCheckpoint = "checkpoint-epoch.safetensors";

    private object? _config; // still to be written

    private RunFolder(string path, object? config) => (Path, _config) = (path, config);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The checkpoint that is written over and over.</summary>
    public string Checkpoint => CheckpointIn(Path);

    /// <summary>The checkpoint of the last whole epoch, where a run may have to go back to it.</summary>
    public string CheckpointOfEpoch => System.IO.Path.Combine(Path, EpochCheckpoint);

    /// <summary>Where <c>metrics.jsonl</c> lies.</summary>
    public string Metrics => System.IO.Path.Combine(Path, MetricsName);

    /// <summary>The last checkpoint of a run folder, whether it exists or not.</summary>
    public static string CheckpointIn(string folder) => System.IO.Path.Combine(folder, LastCheckpoint);

    /// <summary>Starts a run in a new or empty folder and writes its configuration.</summary>
    /// <exception cref="RunFolderException">The folder already holds a run, or is a file.</exception>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    public static RunFolder Create(string path, object config)
    {
        var folder = Prepare(path, config);
        folder.Begin();
        return folder;
    }

    /// <summary>As <see cref="Create"/>, but nothing is written before <see cref="Begin"/>: a start that fails leaves nothing behind.</summary>
    /// <exception cref="RunFolderException">The folder already holds a run, or is a file.</exception>
    public static RunFolder Prepare(string path, object config)
    {
        if (File.Exists(path))
            throw new RunFolderException($"--out {path} is a file; give a folder");
        if (Exists(path))
            throw new RunFolderException($"--out {path} already holds a run; choose another folder, or continue that run with --resume");
        return new RunFolder(path, config);
    }

    /// <summary>As <see cref="Prepare"/>, but a configuration that the folder holds already is replaced.</summary>
    public static RunFolder Renew(string path, object config) => new(path, config);

    /// <summary>Makes the folder and writes the configuration where <see cref="Prepare"/> or <see cref="Renew"/> has not done so yet; otherwise does nothing.</summary>
    /// <exception cref="IOException">It cannot be made or written; a folder made here is gone again.</exception>
    public void Begin()
    {
        if (_config is not { } config)
            return;
        var isNew = !Directory.Exists(Path);
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"--out {Path} cannot be made: {e.Message}", e);
        }

        try
        {
            AtomicFile.Write(System.IO.Path.Combine(Path, ConfigName), stream => JsonSerializer.Serialize(stream, config, MimirJson.Indented));
            _config = null;
        }
        catch when (isNew)
        {
            Directory.Delete(Path);
            throw;
        }
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <exception cref="RunFolderException">There is none.</exception>
    public static RunFolder Open(string path) => Exists(path)
        ? new RunFolder(path, null)
        : throw new RunFolderException($"--resume {path}: there is no run in that folder (no {ConfigName})");

    /// <summary>Whether there is a run in a folder.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, ConfigName));

    /// <summary>Reads the configuration of a run.</summary>
    /// <exception cref="FileFormatException">It is damaged, or of another kind of run.</exception>
    public T ReadConfig<T>()
    {
        var path = System.IO.Path.Combine(Path, ConfigName);
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<T>(stream, MimirJson.Indented) ?? throw new FileFormatException(path, "is empty");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, $"is not the configuration of such a run: {e.Message}");
        }
    }

    /// <summary>The epochs' reports so far, in order; a torn last line is left out.</summary>
    public IReadOnlyList<EpochReport> ReadMetrics() => !File.Exists(Metrics) ? []
        : [.. File.ReadLines(Metrics).Where(line => EpochOf(line) is not null).Select(line => JsonSerializer.Deserialize<EpochReport>(line, MimirJson.Compact)!)];

    /// <summary>Adds a line to the metrics.</summary>
    public void Append(EpochReport report) => File.AppendAllText(Metrics, JsonSerializer.Serialize(report, MimirJson.Compact) + "\n");

    /// <summary>Drops lines of epochs from <paramref name="epochs"/> on: those a resumed run will write again.</summary>
    public void KeepMetrics(int epochs)
    {
        if (!File.Exists(Metrics))
            return;
        var kept = File.ReadAllLines(Metrics).Where(line => EpochOf(line) is { } epoch && epoch <= epochs).ToArray();
        AtomicFile.Write(Metrics, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (var line in kept)
                writer.Write(line + "\n");
        });
    }

    private static int? EpochOf(string line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject report && report["epoch"] is JsonValue epoch && epoch.TryGetValue(out int number) ? number : null;
        }
        catch (JsonException)
        {
            return null; // the torn last line of a killed run
        }
    }
}

/// <summary>A run folder is not what it should be. The message is one line that names the option.</summary>
public sealed class RunFolderException(string message) : ArgumentException(message);
