using System.Diagnostics;
using System.Text.Json;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>Keeps an evaluation in a folder, so that it can be interrupted at any moment and goes on to the same bits: <c>evaluation.json</c>
/// says what is known, <c>adversarial.safetensors</c> holds every x'.
/// <para>The images are written first. A crash between the two files leaves images that the older <c>evaluation.json</c> does not know of;
/// those are not read, and what it knows is in the newer file too, for an x' never changes once it is there.</para></summary>
public sealed class EvaluationStore
{
    private const string StateName = "evaluation.json";
    private const double SecondsBetweenSaves = 60;

    // A save may take a twentieth of the time at most, however many images there are.
    private const double LongestShare = 0.05;

    private readonly RunFolder _folder;
    private readonly EvaluationIdentity _identity;
    private readonly Stopwatch _sinceSave = Stopwatch.StartNew();
    private double _interval = SecondsBetweenSaves;

    /// <summary>A store in a run's folder, which begins when the first save comes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="identity">What is evaluated.</param>
    public EvaluationStore(RunFolder folder, EvaluationIdentity identity) => (_folder, _identity) = (folder, identity);

    /// <summary>Where every x' is.</summary>
    public string ImagesPath => Path.Combine(_folder.Path, AdversarialFile.Name);

    /// <summary>Puts what the folder holds into a session that has done nothing yet; nothing where it holds no state.</summary>
    /// <exception cref="RunFolderException">The state is of other attacks, settings, images or another checkpoint; the message names the difference.</exception>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    public void Load(EvaluationSession session)
    {
        var path = Path.Combine(_folder.Path, StateName);
        if (!File.Exists(path))
            return;
        var state = Read(path);
        RequireSame("attacks", string.Join(",", state.AttacksAsked), string.Join(",", session.Plan.Select(planned => planned.Name)));
        foreach (var (stored, planned) in state.Settings.Zip(session.Plan))
            RequireSame($"settings of {planned.Name}", stored, planned.Settings);
        RequireSame("mode", state.Mode, session.Mode);
        RequireSame("checkpoint (SHA-256)", state.Identity.CheckpointSha256, _identity.CheckpointSha256);
        RequireSame("images (SHA-256)", state.Identity.DataSha256, _identity.DataSha256);
        try
        {
            session.Results.Restore(state, AdversarialFile.Read(ImagesPath, session.Images));
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(path, $"contradicts itself: {e.Message}");
        }
    }

    /// <summary>Saves if the last save is long enough ago.</summary>
    public void SaveNowAndThen(EvaluationSession session)
    {
        if (_sinceSave.Elapsed.TotalSeconds >= _interval)
            Save(session);
    }

    /// <summary>Saves.</summary>
    /// <exception cref="IOException">A file cannot be written; the earlier one is unchanged.</exception>
    public void Save(EvaluationSession session)
    {
        var clock = Stopwatch.StartNew();
        _folder.Begin();
        AdversarialFile.Write(ImagesPath, session.Images, session.Results);
        var state = session.Results.ToState(session, _identity);
        AtomicFile.Write(Path.Combine(_folder.Path, StateName), stream => JsonSerializer.Serialize(stream, state, MimirJson.Compact));
        _interval = Math.Max(SecondsBetweenSaves, clock.Elapsed.TotalSeconds / LongestShare);
        _sinceSave.Restart();
    }

    private static EvaluationState Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<EvaluationState>(stream, MimirJson.Compact) ?? throw new FileFormatException(path, "is empty");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, $"is not the state of an evaluation: {e.Message}");
        }
    }

    private void RequireSame<T>(string what, T stored, T asked)
    {
        if (!EqualityComparer<T>.Default.Equals(stored, asked))
            throw new RunFolderException($"--resume {_folder.Path}: {what} {stored} there, {asked} here; start another evaluation in a new folder");
    }
}
