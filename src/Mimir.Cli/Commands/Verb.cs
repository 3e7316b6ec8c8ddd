using System.CommandLine;
using Mimir.Cli.Options;

namespace Mimir.Cli.Commands;

/// <summary>One verb of the command line: maps options onto a recipe, hands it to the runtime, prints what comes back.</summary>
internal abstract class Verb
{
    /// <summary>Its name; that of a part of a verb begins with the verb's.</summary>
    public abstract string Name { get; }

    /// <summary>What it does, in a sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>How it is called, behind its name.</summary>
    public abstract string Usage { get; }

    /// <summary>Its options, in the order of the help.</summary>
    public abstract IReadOnlyList<OptionGroup> Groups { get; }

    /// <summary>What stands behind its name without an option, such as files; most have nothing.</summary>
    public virtual Argument<string[]>? Files => null;

    /// <summary>Verbs that stand behind this one, such as <c>step</c> behind <c>bench</c>; most have none.</summary>
    public virtual IReadOnlyList<Verb> Parts => [];

    /// <summary>Paragraphs below the options in the help.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Carries it out.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public abstract int Run(ParseResult parse, CliContext context);

    /// <summary>The verb as the parser sees it.</summary>
    /// <param name="context">What it will talk to.</param>
    /// <param name="asked">Whether the command line names it; without, its options are not even made, so that the tool starts fast.</param>
    public Command Command(CliContext context, bool asked)
    {
        var command = new VerbSyntax(this);
        if (!asked)
            return command;
        if (Files is not null)
            command.Add(Files);
        foreach (var option in Groups.SelectMany(group => group.Options))
            command.Add(option);
        foreach (var part in Parts)
            command.Add(part.Command(context, asked));
        command.SetAction(parse => Run(parse, context));
        return command;
    }
}

/// <summary>A parsed command that knows its verb.</summary>
internal sealed class VerbSyntax(Verb verb) : Command(verb.Name[(verb.Name.LastIndexOf(' ') + 1)..], verb.Summary)
{
    /// <summary>The verb.</summary>
    public Verb Verb { get; } = verb;
}
