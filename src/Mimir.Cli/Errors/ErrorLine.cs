using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;
using Mimir.Runtime.Emulation;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Errors;

/// <summary>What a person is told of a failure: one line and an exit code.</summary>
/// <param name="Code">One of <see cref="ExitCode"/>.</param>
/// <param name="Message">One line, without the program's name.</param>
internal readonly record struct ErrorLine(int Code, string Message)
{
    /// <summary>The line for an exception.</summary>
    public static ErrorLine Of(Exception failure) => failure switch
    {
        UsageException or RecipeException or PtxRunException or ModelConfigException or RunFolderException => Line(ExitCode.Usage, failure.Message),
        FileFormatException => Line(ExitCode.Failed, failure.Message),
        FormatException => Line(ExitCode.Usage, failure.Message),
        IOException or UnauthorizedAccessException => Line(ExitCode.Failed, failure.Message),
        TrainingDivergedException or AttackViolationException or DeviceException or PtxException => Line(ExitCode.Failed, failure.Message),
        OutOfMemoryException => Line(ExitCode.Failed, "there is not enough memory; a smaller --batch or a smaller model needs less"),
        OperationCanceledException => Line(ExitCode.Interrupted, "interrupted"),
        _ => Line(ExitCode.Failed, $"unexpected {failure.GetType().Name}: {failure.Message} (--verbose shows where)"),
    };

    private static ErrorLine Line(int code, string message) =>
        new(code, string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
}
