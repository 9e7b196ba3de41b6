"""Who is where: influence from dated evidence."""
